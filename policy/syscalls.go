package policy

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Audit architectures as seccomp_data.arch holds them (linux/audit.h).
const (
	AuditAMD64 uint32 = 0xc000003e
	AuditARM64 uint32 = 0xc00000b7
	AuditI386  uint32 = 0x40000003
	AuditARM   uint32 = 0x40000028
)

// x32Bit marks a call of the x32 ABI, which shares amd64's audit architecture.
const x32Bit = 0x40000000

// Architectures returns the GOARCH values that policies are compiled for.
func Architectures() []string { return []string{"amd64", "arm64"} }

// AuditArch returns seccomp_data.arch of a GOARCH; false if it is not supported.
func AuditArch(goarch string) (uint32, bool) {
	switch goarch {
	case "amd64":
		return AuditAMD64, true
	case "arm64":
		return AuditARM64, true
	}
	return 0, false
}

// syscallIndex is the table by name and by number.
type syscallIndex struct {
	number map[string]int
	name   map[int]string
	names  []string
}

var loadSyscalls = sync.OnceValue(func() map[string]syscallIndex {
	all := make(map[string]syscallIndex)
	for column, goarch := range Architectures() {
		ix := syscallIndex{number: make(map[string]int), name: make(map[int]string)}
		for line := range strings.Lines(strings.TrimPrefix(syscallTable, "\n")) {
			f := strings.Fields(line)
			if f[1+column] == "-" {
				continue
			}
			n, err := strconv.Atoi(f[1+column])
			if err != nil {
				panic(fmt.Sprintf("policy: syscall table: %v", err))
			}
			ix.number[f[0]], ix.name[n] = n, f[0]
			ix.names = append(ix.names, f[0])
		}
		all[goarch] = ix
	}
	return all
})

// SyscallNumber returns the number of a call on an architecture; false if the
// architecture lacks it.
func SyscallNumber(goarch, name string) (int, bool) {
	n, ok := loadSyscalls()[goarch].number[name]
	return n, ok
}

// SyscallName returns the name of a call on an architecture; false if no call
// has the number.
func SyscallName(goarch string, nr int) (string, bool) {
	name, ok := loadSyscalls()[goarch].name[nr]
	return name, ok
}

// SyscallNames returns the names of all calls of an architecture, sorted.
func SyscallNames(goarch string) []string {
	return append([]string(nil), loadSyscalls()[goarch].names...)
}
