package sandbox_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/sandbox"
)

const traceAMD64 = `SIGSYS: bad system call
PC=0x40a86e m=0 sigcode=1

goroutine 1 gp=0x1 m=0 mp=0x5 [syscall]:
syscall.RawSyscall6(0x29, 0x2, 0x1, 0x0, 0x0, 0x0, 0x0)

rax    0x29
rbx    0x2
rcx    0x40a86e
rdx    0x3
rdi    0x2
rsi    0x1
rbp    0xc000046f00
rsp    0xc000046e98
r8     0x5
r9     0x6
r10    0x4
rip    0x40a86e
`

const traceARM64 = `SIGSYS: bad system call
PC=0x1 m=0 sigcode=1

r0      0x2
r1      0x1
r2      0x3
r3      0x4
r4      0x5
r5      0x6
r8      0xc6
pc      0x1
`

func TestParseTrace(t *testing.T) {
	args := []uint64{2, 1, 3, 4, 5, 6}
	tests := []struct {
		goarch, text string
		want         sandbox.Violation
	}{
		{"amd64", traceAMD64, sandbox.Violation{PID: 1, Syscall: "socket", Nr: 41, Arch: "x86_64", Args: args, Source: "stack"}},
		{"arm64", traceARM64, sandbox.Violation{PID: 1, Syscall: "socket", Nr: 198, Arch: "aarch64", Args: args, Source: "stack"}},
	}
	for _, tc := range tests {
		// What the process said before does not matter.
		got, ok := sandbox.ParseTraceFor(tc.goarch, []byte("rax 0x1\nsome log\n"+tc.text))
		if d := cmp.Diff(tc.want, got); d != "" || !ok {
			t.Error(tc.goarch, ok, d)
		}
		for name, text := range map[string]string{
			"another signal":     strings.Replace(tc.text, "SIGSYS", "SIGSEGV", 1),
			"no registers":       strings.SplitN(tc.text, "\nr", 2)[0],
			"empty":              "",
			"unknown machine":    tc.text,
			"register too large": strings.NewReplacer("0x29", "0xffffffffffff", "0xc6", "0xffffffffffff").Replace(tc.text),
		} {
			goarch := tc.goarch
			if name == "unknown machine" {
				goarch = "riscv64"
			}
			if v, ok := sandbox.ParseTraceFor(goarch, []byte(text)); ok {
				t.Errorf("%s, %s: %+v", tc.goarch, name, v)
			}
		}
	}
}

func TestViolationText(t *testing.T) {
	for want, v := range map[string]sandbox.Violation{
		"socket (number 41 of x86_64)":      {Syscall: "socket", Nr: 41, Arch: "x86_64"},
		"getpid (number 1073741863 of x32)": {Syscall: "getpid", Nr: 1<<30 + 39, Arch: "x86_64", X32: true},
		"ioctl(0x2, 0x5412) (number 16 of x86_64)": {
			Syscall: "ioctl", Nr: 16, Arch: "x86_64", Args: []uint64{2, 0x5412},
		},
	} {
		if got := v.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRefusalOfAHostileChild(t *testing.T) {
	// What a child says ends up in a log: it stays on one line and is quoted.
	err := sandbox.ParseRefusal([]byte(`{"layer":"x\ny","feature":"","hint":"","text":"a\u001b[31mb"}`))
	var le *sandbox.LayerError
	if !errors.As(err, &le) || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("%q", err)
	}
	long, _ := json.Marshal(map[string]string{"text": strings.Repeat("x", 60000)})
	if err := sandbox.ParseRefusal(long); len(err.Error()) > 2000 {
		t.Errorf("%d bytes", len(err.Error()))
	}
	for _, bad := range []string{"", "[]", `{"text":1}`, `{"other":""}`, `{} {}`} {
		if err := sandbox.ParseRefusal([]byte(bad)); err == nil || errors.As(err, &le) {
			t.Errorf("%s: %v", bad, err)
		}
		if _, err := sandbox.ParseReport([]byte(bad)); err == nil {
			t.Errorf("the report %s was accepted", bad)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"layer":"landlock","feature":"f","hint":"h","text":"t"}`))
	f.Add([]byte(`{"role":"echo","build":"b","mode":"enforce","pid":1,"fds":[{"fd":0,"kind":"null","access":"r"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := sandbox.ParseRefusal(b); err == nil {
			t.Fatal("a refusal is no error")
		}
		r, err := sandbox.ParseReport(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sandbox.ParseReport(again); err != nil {
			t.Fatalf("accepted once and then refused: %v", err)
		}
	})
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte(traceAMD64))
	f.Add([]byte(traceARM64))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, goarch := range []string{"amd64", "arm64"} {
			if v, ok := sandbox.ParseTraceFor(goarch, b); ok && (len(v.Args) != 6 || v.Syscall == "") {
				t.Fatalf("%+v", v)
			}
		}
	})
}
