package msg

// ErrorKind is a class of decoding errors that package wire does not have;
// compare with errors.Is.
type ErrorKind string

const (
	// ErrTooLong: a string or an address is longer than it may be.
	ErrTooLong ErrorKind = "msg.toolong"
	// ErrIndex: the indexes of a compact block leave 16 bits.
	ErrIndex ErrorKind = "msg.index"
)

func (k ErrorKind) Error() string { return string(k) }
