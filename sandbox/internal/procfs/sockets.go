package procfs

import (
	"bytes"
	"strconv"
	"strings"

	"dashmp/policy"
)

// ParseUnix reads /proc/net/unix: the kind of each socket by inode. Lines that
// do not parse are left out, so their sockets stay of unknown kind.
func ParseUnix(text []byte, into map[uint64]policy.FDKind) {
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		// Num RefCount Protocol Flags Type St Inode [Path]
		if len(f) < 7 {
			continue
		}
		inode, err := strconv.ParseUint(f[6], 10, 64)
		if err != nil {
			continue
		}
		listening := strings.HasSuffix(f[3], "10000") // __SO_ACCEPTCON
		switch {
		case f[4] == "0001" && !listening:
			into[inode] = policy.KindUnixStream
		case f[4] == "0005" && !listening:
			into[inode] = policy.KindUnixSeqpacket
		default:
			into[inode] = "unix-socket"
		}
	}
}

// ParseTCP reads /proc/net/tcp or tcp6, likewise.
func ParseTCP(text []byte, into map[uint64]policy.FDKind) {
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		// sl local remote st tx:rx tr:tm retrnsmt uid timeout inode …
		if len(f) < 10 {
			continue
		}
		inode, err := strconv.ParseUint(f[9], 10, 64)
		if err != nil {
			continue
		}
		into[inode] = policy.KindTCPStream
		if f[3] == "0A" { // TCP_LISTEN
			into[inode] = policy.KindTCPListener
		}
	}
}
