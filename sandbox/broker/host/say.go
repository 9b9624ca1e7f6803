package host

import (
	"fmt"
	"strings"
)

// Sayf makes an error whose text reaches the operator as it is, in the wording
// of Dash Core, which begins with a capital and may end with a full stop.
func Sayf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// ErrorText is an error as Dash Core shows it (noui.cpp): a question that nobody
// is there to answer, such as whether to rebuild the databases, has no caption.
func ErrorText(text string) string {
	if strings.HasSuffix(text, "Please restart with -reindex or -reindex-chainstate to recover.") {
		return ": " + text
	}
	return "Error: " + text
}
