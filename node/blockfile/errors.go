package blockfile

// ErrorKind is a class of errors of the package; compare with errors.Is.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrRecord: there is no record of this network at the position.
	ErrRecord ErrorKind = "blockfile: no record at the position"
	// ErrChecksum: undo data does not match its checksum.
	ErrChecksum ErrorKind = "blockfile: undo data does not match its checksum"
	// ErrTooLarge: a block or undo data exceeds what a file may hold.
	ErrTooLarge ErrorKind = "blockfile: record too large"
	// ErrFull: there are no numbers left for files.
	ErrFull ErrorKind = "blockfile: no file numbers left"
	// ErrDeleted: the file was deleted or renamed while it was open.
	ErrDeleted ErrorKind = "blockfile: the file was deleted or renamed"
	// ErrClosed: the store is closed.
	ErrClosed ErrorKind = "blockfile: closed"
	// ErrInfo: the stored description of a file is malformed.
	ErrInfo ErrorKind = "blockfile: malformed file description"
)
