package procfs

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
)

const status = `Name:	dash-echo
Umask:	0077
State:	S (sleeping)
Tgid:	71
Pid:	72
PPid:	70
Uid:	1000	1001	1002	1003
CapInh:	0000000000000001
CapPrm:	0000000000000002
CapEff:	0000000000000003
CapBnd:	000001ffffffffff
CapAmb:	0000000000000004
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	1
`

func TestParseStatus(t *testing.T) {
	got, err := ParseStatus([]byte(status))
	if err != nil {
		t.Fatal(err)
	}
	want := Status{
		Name: "dash-echo", PID: 72, PPID: 70, UID: 1001, NoNewPrivs: 1, Seccomp: 2, SeccompFilters: 1,
		CapInh: 1, CapPrm: 2, CapEff: 3, CapBnd: 0x1ffffffffff, CapAmb: 4,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	own, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := ParseStatus(own); err != nil || s.PID != os.Getpid() {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestAMissingLineIsNoZero: every line that matters is demanded.
func TestAMissingLineIsNoZero(t *testing.T) {
	for _, key := range []string{
		"Pid", "PPid", "Uid", "NoNewPrivs", "Seccomp", "Seccomp_filters",
		"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
	} {
		for what, repl := range map[string]string{"missing": "X" + key + ":", "malformed": key + ":z"} {
			text := strings.Replace(status, "\n"+key+":", "\n"+repl, 1)
			if s, err := ParseStatus([]byte(text)); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("%s %s: %+v, %v", key, what, s, err)
			}
		}
	}
}

func TestParseLimits(t *testing.T) {
	const text = `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        0                    unlimited            bytes     
Max open files            64                   64                   files     
`
	got, err := ParseLimits([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string][2]uint64{"CORE": {0, Unlimited}, "NOFILE": {64, 64}}, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "Max core file size 0\n", "Max core file size x y\n"} {
		if _, err := ParseLimits([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	own, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		t.Fatal(err)
	}
	if l, err := ParseLimits(own); err != nil || len(l) != len(limitNames) {
		t.Errorf("%d of %d limits, %v", len(l), len(limitNames), err)
	}
}

func TestParseSockets(t *testing.T) {
	kinds := make(map[uint64]policy.FDKind)
	ParseUnix([]byte(`Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000003 00000000 00000000 0001 03 11
0000000000000000: 00000002 00000000 00010000 0001 01 12 /run/x
0000000000000000: 00000003 00000000 00000000 0005 03 13 @x
0000000000000000: 00000003 00000000 00000000 0002 03 14
broken
`), kinds)
	ParseTCP([]byte(`  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 15 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 16 1 0 100 0 0 10 0
`), kinds)
	want := map[uint64]policy.FDKind{
		11: policy.KindUnixStream, 12: "unix-socket", 13: policy.KindUnixSeqpacket, 14: "unix-socket",
		15: policy.KindTCPListener, 16: policy.KindTCPStream,
	}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Error(d)
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte(status))
	f.Add([]byte("Name:\tx\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseStatus(b)
		if err == nil && (s.PID < 0 || s.Seccomp < 0 || s.SeccompFilters < 0) {
			t.Fatalf("%+v", s)
		}
		_, _ = ParseLimits(b)
		_, _ = ParseFDFlags(b)
		ParseUnix(b, map[uint64]policy.FDKind{})
		ParseTCP(b, map[uint64]policy.FDKind{})
	})
}
