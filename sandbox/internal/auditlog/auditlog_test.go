package auditlog

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const text = `audit(1763837000.123:45): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=71 ` +
	`comm="dash-echo" exe="/usr/libexec/dash-echo" sig=31 arch=c000003e syscall=41 compat=0 ip=0x47 code=0x80000000`

func TestParse(t *testing.T) {
	want := Record{PID: 71, Comm: "dash-echo", Signal: 31, Arch: 0xc000003e, Nr: 41}
	got, ok := Parse(text)
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(ok, d)
	}
	got, ok = ParseKmsg([]byte("5,1234,567890,-;audit: type=1326 " + text + "\n SUBSYSTEM=x\n"))
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(ok, d)
	}
	got, ok = ParseNetlink(datagram(TypeSeccomp, text))
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(ok, d)
	}
}

func datagram(typ uint16, text string) []byte {
	b := make([]byte, 16)
	binary.NativeEndian.PutUint32(b, uint32(len(text))) // without the header, as the kernel does
	binary.NativeEndian.PutUint16(b[4:], typ)
	return append(b, text...)
}

// TestANameCannotFakeAField: the kernel writes a name with a quote or a space in
// hex.
func TestANameCannotFakeAField(t *testing.T) {
	got, ok := Parse(`audit(1.0:1): pid=71 comm=` + hexOf(`x" pid=1 sig=`) +
		` exe="/x pid=2 syscall=9" sig=31 arch=c000003e syscall=41 compat=0`)
	want := Record{PID: 71, Comm: `x" pid=1 sig=`, Signal: 31, Arch: 0xc000003e, Nr: 41}
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(ok, d)
	}
}

func hexOf(s string) string {
	const digits = "0123456789ABCDEF"
	var out []byte
	for _, c := range []byte(s) {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

func TestOtherRecordsAreIgnored(t *testing.T) {
	for name, ok := range map[string]bool{
		"other type":   second(ParseNetlink(datagram(1300, text))),
		"short":        second(ParseNetlink(make([]byte, 15))),
		"empty":        second(Parse("")),
		"no pid":       second(Parse("audit(1.0:1): sig=31 arch=c000003e syscall=41")),
		"pid 0":        second(Parse("audit(1.0:1): pid=0 sig=31 arch=c000003e syscall=41")),
		"other log":    second(ParseKmsg([]byte("5,1,1,-;eth0: link up\n"))),
		"user's text":  second(ParseKmsg([]byte("12,1,1,-;x audit: type=1326 " + text))),
		"no semicolon": second(ParseKmsg([]byte("5,1,1,-"))),
	} {
		if ok {
			t.Errorf("%s was taken for a kill", name)
		}
	}
}

func second(_ Record, ok bool) bool { return ok }

func FuzzRecord(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte("5,1234,567890,-;audit: type=1326 " + text + "\n"))
	f.Add(datagram(TypeSeccomp, text))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (Record, bool){
			ParseKmsg, ParseNetlink, func(b []byte) (Record, bool) { return Parse(string(b)) },
		} {
			if r, ok := parse(b); ok && r.PID <= 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
