package conn

// OtherMessages is the name under which unknown messages are counted.
const OtherMessages = "*other*"

// KnownMessages lists the message types of Dash Core (protocol.cpp).
func KnownMessages() []string {
	return []string{
		"version", "verack", "addr", "addrv2", "sendaddrv2", "inv", "getdata", "merkleblock", "getblocks",
		"getheaders", "tx", "headers", "block", "getaddr", "mempool", "ping", "pong", "notfound", "filterload",
		"filteradd", "filterclear", "sendheaders", "sendcmpct", "cmpctblock", "getblocktxn", "blocktxn",
		"getcfilters", "cfilter", "getcfheaders", "cfheaders", "getcfcheckpt", "cfcheckpt", "sendtxrcncl",
		"spork", "getsporks", "senddsq", "dsa", "dsi", "dsf", "dss", "dsc", "dssu", "dstx", "dsq", "ssc",
		"govsync", "govobj", "govobjvote", "getmnlistd", "mnlistdiff", "qsendrecsigs", "qfcommit", "qcontrib",
		"qcomplaint", "qjustify", "qpcommit", "qwatch", "qsigsesann", "qsigsinv", "qgetsigs", "qbsigs",
		"qsigrec", "qsigshare", "qgetdata", "qdata", "clsig", "isdlock", "mnauth", "getheaders2",
		"sendheaders2", "headers2", "getqrinfo", "qrinfo", "platformban",
	}
}
