package wire

// ErrorKind is a class of decoding error; compare with errors.Is.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrShort: the input ends before the value does.
	ErrShort ErrorKind = "wire.short"
	// ErrNonCanonical: a compact size is not in its shortest form
	// (ReadCompactSize in Dash Core's src/serialize.h).
	ErrNonCanonical ErrorKind = "wire.compactsize.noncanonical"
	// ErrTooLarge: a compact size exceeds MaxSize or the limit of its field.
	ErrTooLarge ErrorKind = "wire.toolarge"
	// ErrCount: a list announces more elements than the input can hold.
	ErrCount ErrorKind = "wire.count"
	// ErrTrailing: bytes are left over after the value.
	ErrTrailing ErrorKind = "wire.trailing"
	// ErrBits: a bit set has bits beyond its length.
	ErrBits ErrorKind = "wire.bits"
	// ErrHash: a string is not 64 hexadecimal digits.
	ErrHash ErrorKind = "wire.hash"
	// ErrPayloadType: a payload was asked of a transaction of another type.
	ErrPayloadType ErrorKind = "wire.payload.type"
)
