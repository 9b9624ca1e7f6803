package msg

// The names of messages (NetMsgType in Dash Core's src/protocol.cpp), at most 12
// bytes each.
const (
	TypeVersion      = "version"
	TypeVerack       = "verack"
	TypeAddr         = "addr"
	TypeAddrV2       = "addrv2"
	TypeSendAddrV2   = "sendaddrv2"
	TypeInv          = "inv"
	TypeGetData      = "getdata"
	TypeMerkleBlock  = "merkleblock"
	TypeGetBlocks    = "getblocks"
	TypeGetHeaders   = "getheaders"
	TypeTx           = "tx"
	TypeHeaders      = "headers"
	TypeBlock        = "block"
	TypeGetAddr      = "getaddr"
	TypeMempool      = "mempool"
	TypePing         = "ping"
	TypePong         = "pong"
	TypeNotFound     = "notfound"
	TypeFilterLoad   = "filterload"
	TypeFilterAdd    = "filteradd"
	TypeFilterClear  = "filterclear"
	TypeSendHeaders  = "sendheaders"
	TypeSendCmpct    = "sendcmpct"
	TypeCmpctBlock   = "cmpctblock"
	TypeGetBlockTxn  = "getblocktxn"
	TypeBlockTxn     = "blocktxn"
	TypeGetCFilters  = "getcfilters"
	TypeCFilter      = "cfilter"
	TypeGetCFHeaders = "getcfheaders"
	TypeCFHeaders    = "cfheaders"
	TypeGetCFCheckpt = "getcfcheckpt"
	TypeCFCheckpt    = "cfcheckpt"
	TypeSendTxRcncl  = "sendtxrcncl"
)

// The names that Dash adds.
const (
	TypeSpork         = "spork"
	TypeGetSporks     = "getsporks"
	TypeSendDSQ       = "senddsq"
	TypeDSA           = "dsa"
	TypeDSI           = "dsi"
	TypeDSF           = "dsf"
	TypeDSS           = "dss"
	TypeDSC           = "dsc"
	TypeDSSU          = "dssu"
	TypeDSTX          = "dstx"
	TypeDSQ           = "dsq"
	TypeSSC           = "ssc"
	TypeGovSync       = "govsync"
	TypeGovObj        = "govobj"
	TypeGovObjVote    = "govobjvote"
	TypeGetMNListDiff = "getmnlistd"
	TypeMNListDiff    = "mnlistdiff"
	TypeQSendRecSigs  = "qsendrecsigs"
	TypeQFCommit      = "qfcommit"
	TypeQContrib      = "qcontrib"
	TypeQComplaint    = "qcomplaint"
	TypeQJustify      = "qjustify"
	TypeQPCommit      = "qpcommit"
	TypeQWatch        = "qwatch"
	TypeQSigSesAnn    = "qsigsesann"
	TypeQSigsInv      = "qsigsinv"
	TypeQGetSigs      = "qgetsigs"
	TypeQBSigs        = "qbsigs"
	TypeQSigRec       = "qsigrec"
	TypeQSigShare     = "qsigshare"
	TypeQGetData      = "qgetdata"
	TypeQData         = "qdata"
	TypeCLSig         = "clsig"
	TypeISDLock       = "isdlock"
	TypeMNAuth        = "mnauth"
	TypeGetHeaders2   = "getheaders2"
	TypeSendHeaders2  = "sendheaders2"
	TypeHeaders2      = "headers2"
	TypeGetQRInfo     = "getqrinfo"
	TypeQRInfo        = "qrinfo"
	TypePlatformBan   = "platformban"
)

// known is every message type in the order of Dash Core's table. The value tells
// whether blocks-only connections forbid it.
var known = []struct {
	name        string
	notForBlock bool
}{
	{TypeVersion, false}, {TypeVerack, false}, {TypeAddr, false}, {TypeAddrV2, false},
	{TypeSendAddrV2, false}, {TypeInv, false}, {TypeGetData, false}, {TypeMerkleBlock, false},
	{TypeGetBlocks, false}, {TypeGetHeaders, false}, {TypeTx, true}, {TypeHeaders, false},
	{TypeBlock, false}, {TypeGetAddr, false}, {TypeMempool, false}, {TypePing, false},
	{TypePong, false}, {TypeNotFound, false}, {TypeFilterLoad, false}, {TypeFilterAdd, false},
	{TypeFilterClear, false}, {TypeSendHeaders, false}, {TypeSendCmpct, false}, {TypeCmpctBlock, false},
	{TypeGetBlockTxn, false}, {TypeBlockTxn, false}, {TypeGetCFilters, false}, {TypeCFilter, false},
	{TypeGetCFHeaders, false}, {TypeCFHeaders, false}, {TypeGetCFCheckpt, false}, {TypeCFCheckpt, false},
	{TypeSendTxRcncl, false},
	{TypeSpork, false}, {TypeGetSporks, false}, {TypeSendDSQ, false}, {TypeDSA, true}, {TypeDSI, true},
	{TypeDSF, true}, {TypeDSS, true}, {TypeDSC, true}, {TypeDSSU, true}, {TypeDSTX, true}, {TypeDSQ, true},
	{TypeSSC, false}, {TypeGovSync, false}, {TypeGovObj, false}, {TypeGovObjVote, false},
	{TypeGetMNListDiff, false}, {TypeMNListDiff, false}, {TypeQSendRecSigs, true}, {TypeQFCommit, false},
	{TypeQContrib, true}, {TypeQComplaint, true}, {TypeQJustify, true}, {TypeQPCommit, true}, {TypeQWatch, true},
	{TypeQSigSesAnn, true}, {TypeQSigsInv, true}, {TypeQGetSigs, true}, {TypeQBSigs, true}, {TypeQSigRec, true},
	{TypeQSigShare, true}, {TypeQGetData, true}, {TypeQData, true}, {TypeCLSig, false}, {TypeISDLock, false},
	{TypeMNAuth, false}, {TypeGetHeaders2, false}, {TypeSendHeaders2, false}, {TypeHeaders2, false},
	{TypeGetQRInfo, true}, {TypeQRInfo, true}, {TypePlatformBan, true},
}

// Known reports whether Dash Core v23.1 knows a message of this name.
//
// Source: allNetMessageTypes in Dash Core's src/protocol.cpp.
func Known(name string) bool {
	for _, k := range known {
		if k.name == name {
			return true
		}
	}
	return false
}

// ViolatesBlocksOnly reports whether a peer to which we said that we relay
// nothing but blocks may not send a message of this name.
//
// Source: NetMessageViolatesBlocksOnly in Dash Core's src/protocol.cpp.
func ViolatesBlocksOnly(name string) bool {
	for _, k := range known {
		if k.name == name {
			return k.notForBlock
		}
	}
	return false
}

// Names are all known message types, in Dash Core's order.
func Names() []string {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.name
	}
	return names
}
