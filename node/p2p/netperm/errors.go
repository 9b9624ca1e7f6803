package netperm

import "fmt"

// textError is an error with one of Dash Core's texts, for the operator.
type textError string

func (e textError) Error() string { return string(e) }

// Errorf makes an error whose text is shown to the operator as it is.
func Errorf(format string, args ...any) error { return textError(fmt.Sprintf(format, args...)) }
