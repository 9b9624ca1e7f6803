package conn

import "fmt"

// textError is an error with one of Dash Core's texts, for the operator.
type textError string

func (e textError) Error() string { return string(e) }

func textErrorf(format string, args ...any) error { return textError(fmt.Sprintf(format, args...)) }
