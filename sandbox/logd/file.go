package logd

import (
	"io"
	"os"
)

// Sizes of Dash Core's Logger::ShrinkDebugFile in bytes.
const (
	recentHistory = 10 * 1000000
	shrinkAbove   = 11 * (recentHistory / 10)
)

// openLog opens the log for appending; it is created readable by its owner only
// (Dash Core runs with umask 077).
func openLog(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
}

// shrink cuts a log that has grown too big to its end. As in Dash Core a
// failure leaves the log as it is.
func shrink(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || st.Size() <= shrinkAbove {
		return
	}
	tail := make([]byte, recentHistory)
	n, err := f.ReadAt(tail, st.Size()-recentHistory)
	if err != nil && err != io.EOF {
		return
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(tail[:n], 0)
	}
}
