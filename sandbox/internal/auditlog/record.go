package auditlog

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// TypeSeccomp is the type of the records of seccomp (AUDIT_SECCOMP).
const TypeSeccomp = 1326

// Record is one kill by a filter.
type Record struct {
	PID  int
	Comm string
	// Signal is 31 (SIGSYS) for a kill.
	Signal int
	// Arch is the AUDIT_ARCH_ number.
	Arch uint32
	Nr   int
}

// Parse reads the text of a record:
//
//	audit(1700000000.123:45): auid=… uid=… gid=… ses=… pid=71 comm="x"
//	exe="/x" sig=31 arch=c000003e syscall=41 compat=0 ip=0x… code=0x80000000
func Parse(text string) (Record, bool) {
	_, rest, ok := strings.Cut(text, "): ")
	if !ok || !strings.Contains(text, "audit(") {
		return Record{}, false
	}
	fields := fieldsOf(rest)
	r := Record{Comm: fields["comm"]}
	var err [4]error
	r.PID, err[0] = strconv.Atoi(fields["pid"])
	r.Signal, err[1] = strconv.Atoi(fields["sig"])
	arch, e := strconv.ParseUint(fields["arch"], 16, 32)
	r.Arch, err[2] = uint32(arch), e
	r.Nr, err[3] = strconv.Atoi(fields["syscall"])
	for _, e := range err {
		if e != nil {
			return Record{}, false
		}
	}
	return r, r.PID > 0
}

// maxFields bounds the fields of one record; the kernel writes about 15.
const maxFields = 64

// fieldsOf splits key=value pairs; the first of a key counts. A quoted value
// ends at its quote: the kernel writes values with quotes, spaces or control
// characters in hex instead.
func fieldsOf(s string) map[string]string {
	fields := make(map[string]string)
	for range maxFields {
		s = strings.TrimLeft(s, " ")
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		var value string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, s, ok = strings.Cut(quoted, `"`)
			if !ok {
				break
			}
		} else {
			value, s, _ = strings.Cut(rest, " ")
			if key == "comm" || key == "exe" {
				if raw, err := hex.DecodeString(value); err == nil {
					value = string(raw)
				}
			}
		}
		if _, ok := fields[key]; !ok {
			fields[key] = strings.TrimRight(value, "\x00\n")
		}
	}
	return fields
}

// ParseNetlink reads one datagram of the audit group: a netlink header and the
// text. The length of the header is not trusted: the kernel has sent it without
// the header's own size for years.
func ParseNetlink(b []byte) (Record, bool) {
	const header = 16 // struct nlmsghdr: len u32, type u16, flags u16, seq u32, pid u32
	if len(b) < header || binary.NativeEndian.Uint16(b[4:]) != TypeSeccomp {
		return Record{}, false
	}
	return Parse(string(b[header:]))
}

// ParseKmsg reads one record of /dev/kmsg: "prio,seq,time,-;text\n" and lines
// that belong to it.
func ParseKmsg(b []byte) (Record, bool) {
	_, text, ok := strings.Cut(string(b), ";")
	if !ok {
		return Record{}, false
	}
	text, _, _ = strings.Cut(text, "\n")
	rest, ok := strings.CutPrefix(text, "audit: type="+strconv.Itoa(TypeSeccomp)+" ")
	if !ok {
		return Record{}, false
	}
	return Parse(rest)
}
