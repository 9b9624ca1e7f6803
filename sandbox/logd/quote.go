package logd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote makes text of any origin fit for one line of a log or a terminal. As in
// Dash Core (LogEscapeMessage) control characters become \xNN; beyond it, so do
// the newline and bytes that are not UTF-8, and characters that do not print —
// line separators, bidirectional overrides — become \u{N}.
func Quote(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n <= 1, r < 0x20, r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// isPlain reports whether s is printable ASCII, which nearly every line is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
