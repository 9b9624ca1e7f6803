package ipc

// Limits bound what a peer can make this process hold, per connection. A peer
// that exceeds one loses its connection with ErrLimit. The same numbers bound
// what this end asks of the peer, where exceeding one only fails the call: two
// ends with equal limits never trip each other's.
type Limits struct {
	// MessageBytes bounds one message, with its segment table.
	MessageBytes int
	// Segments bounds the segments of one message.
	Segments int
	// Nesting bounds the depth of pointers in one message.
	Nesting int
	// TraversalWords bounds the words that are reached by following every
	// pointer of a message, counting what is reached twice twice.
	TraversalWords int
	// FDsPerMessage bounds the descriptors that come with one message.
	FDsPerMessage int
	// FDsHeld bounds the descriptors received and not yet taken.
	FDsHeld int
	// CallsInFlight bounds unanswered and unfinished calls, each way.
	CallsInFlight int
	// Threads bounds the server threads that the peer may make, and those that
	// this end keeps at the peer.
	Threads int
	// QueuedCalls and QueuedBytes bound what waits for one thread.
	QueuedCalls, QueuedBytes int
	// HeldBytes bounds the calls in flight together, by the size of their
	// messages.
	HeldBytes int
	// Exports and Imports bound the two tables of object references.
	Exports, Imports int
	// WriteBytes bounds what waits to be written to a peer that does not read.
	// Callers are held back long before; only answers to a peer that keeps
	// asking and never reads reach it.
	WriteBytes int
	// SecretBytes and BulkBytes bound one received Secret and Bulk.
	SecretBytes, BulkBytes int
}

// DefaultLimits returns the limits of a connection between two roles. A verbose
// block of 2 MB is about 12 MiB of JSON, hence MessageBytes; everything else is
// some ten times what a busy role was seen to use.
func DefaultLimits() Limits {
	return Limits{
		MessageBytes:   16 << 20,
		Segments:       512,
		Nesting:        64,
		TraversalWords: 8 << 20,
		FDsPerMessage:  16,
		FDsHeld:        256,
		CallsInFlight:  1024,
		Threads:        512,
		QueuedCalls:    1024,
		QueuedBytes:    32 << 20,
		HeldBytes:      128 << 20,
		Exports:        8192,
		Imports:        8192,
		WriteBytes:     64 << 20,
		SecretBytes:    64 << 10,
		BulkBytes:      256 << 20,
	}
}

// withDefaults replaces every zero field by its default.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, d *int }{
		{&l.MessageBytes, &d.MessageBytes}, {&l.Segments, &d.Segments},
		{&l.Nesting, &d.Nesting}, {&l.TraversalWords, &d.TraversalWords},
		{&l.FDsPerMessage, &d.FDsPerMessage}, {&l.FDsHeld, &d.FDsHeld},
		{&l.CallsInFlight, &d.CallsInFlight}, {&l.Threads, &d.Threads},
		{&l.QueuedCalls, &d.QueuedCalls}, {&l.QueuedBytes, &d.QueuedBytes},
		{&l.Exports, &d.Exports}, {&l.Imports, &d.Imports},
		{&l.WriteBytes, &d.WriteBytes}, {&l.HeldBytes, &d.HeldBytes},
		{&l.SecretBytes, &d.SecretBytes}, {&l.BulkBytes, &d.BulkBytes},
	} {
		if *f.v <= 0 {
			*f.v = *f.d
		}
	}
	// attachedFd is a byte and 255 means none; the kernel passes at most 253.
	l.FDsPerMessage = min(l.FDsPerMessage, 253)
	// The shortest message worth sending has a header and a few words.
	l.MessageBytes = max(l.MessageBytes, 256)
	return l
}

// Stats is a snapshot of a connection.
type Stats struct {
	// Questions are calls of ours that are not finished, Answers the peer's.
	Questions, Answers int
	// Exports are objects of ours that the peer holds, Imports the peer's.
	Exports, Imports int
	// Threads are server threads that the peer made here.
	Threads int
	// FDsHeld are descriptors received and not yet taken.
	FDsHeld int
	// QueuedOut is the number of bytes that wait for the peer to read.
	QueuedOut int
	// Traffic since the connection began.
	BytesIn, BytesOut, MessagesIn, MessagesOut uint64
}
