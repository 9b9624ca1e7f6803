package compile

import (
	"fmt"

	seccomp "github.com/seccomp/libseccomp-golang"
)

// LibraryVersion returns the version of libseccomp at run time. Two versions
// may order the comparisons of one spec in different ways.
func LibraryVersion() string {
	major, minor, micro := seccomp.GetLibraryVersion()
	return fmt.Sprintf("%d.%d.%d", major, minor, micro)
}
