package host

import "fmt"

// Sayf makes an error whose text reaches the operator as it is, in the wording
// of Dash Core, which begins with a capital and may end with a full stop.
func Sayf(format string, args ...any) error { return fmt.Errorf(format, args...) }
