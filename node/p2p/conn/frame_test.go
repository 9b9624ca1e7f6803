package conn

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read takes all messages off a stream.
func read(r io.Reader) (msgs []frame, got int, err error) {
	f := newFramer(regtestMagic, r, func(n int) { got += n })
	for {
		m, _, err := f.next()
		if err != nil {
			return msgs, got, err
		}
		msgs = append(msgs, m)
	}
}

func TestFrames(t *testing.T) {
	big := bytes.Repeat([]byte("x"), MaxPayload)
	var in []byte
	for _, m := range []struct {
		msgType string
		payload []byte
	}{{"ping", []byte("12345678")}, {"verack", nil}, {"block", big}, {"twelvechars1", []byte("y")}} {
		in = append(in, message(t, m.msgType, m.payload)...)
	}
	for name, r := range map[string]io.Reader{
		"at once": bytes.NewReader(in), "halves": iotest.HalfReader(bytes.NewReader(in)),
		"bytes": iotest.OneByteReader(io.MultiReader(bytes.NewReader(in[:100]), iotest.DataErrReader(bytes.NewReader(in[100:])))),
	} {
		msgs, got, err := read(r)
		if !errors.Is(err, io.EOF) || got != len(in) || len(msgs) != 4 {
			t.Fatalf("%s: %d messages, %d bytes, %v", name, len(msgs), got, err)
		}
		if msgs[0].msgType != "ping" || string(msgs[0].payload) != "12345678" || len(msgs[1].payload) != 0 ||
			!bytes.Equal(msgs[2].payload, big) || msgs[3].msgType != "twelvechars1" {
			t.Errorf("%s: other content", name)
		}
		for _, m := range msgs {
			if m.bad != "" {
				t.Errorf("%s: %s is %s", name, m.msgType, m.bad)
			}
		}
	}
}

func TestBadFrames(t *testing.T) {
	good := message(t, "ping", []byte("12345678"))
	with := func(at int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], v)
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		bad  string
		err  error
	}{
		{"magic", with(0, 1), "", errMagic},
		{"size", with(16, 1, 0, 0x30, 0), "", errSize},
		{"huge", with(16, 0xff, 0xff, 0xff, 0xff), "", errSize},
		{"checksum", with(20, 1, 2, 3, 4), wrongChecksum, io.EOF},
		{"type with a control character", with(4, 7), invalidType, io.EOF},
		{"type above ASCII", with(4, 0xff), invalidType, io.EOF},
		{"type goes on after its end", with(4+11, 'x'), invalidType, io.EOF},
	} {
		msgs, _, err := read(bytes.NewReader(c.b))
		if !errors.Is(err, c.err) || c.bad != "" && (len(msgs) != 1 || msgs[0].bad != c.bad) || c.bad == "" && len(msgs) != 0 {
			t.Errorf("%s: %v %v", c.name, msgs, err)
		}
	}
}

// A stranger who announces much and sends little gets little memory.
func TestMemoryFollowsWhatCame(t *testing.T) {
	head := appendHeader(nil, regtestMagic, "block", make([]byte, MaxPayload))
	res := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			f := newFramer(regtestMagic, io.MultiReader(bytes.NewReader(head), strings.NewReader("little")), func(int) {})
			if _, _, err := f.next(); !errors.Is(err, io.EOF) {
				b.Fatal(err)
			}
		}
	})
	if got := res.AllocedBytesPerOp(); got > 2*growth {
		t.Errorf("%d bytes for a message of which 6 came", got)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(appendHeader(nil, regtestMagic, "ping", []byte("1")), '1'))
	f.Add(appendHeader(nil, regtestMagic, "block", make([]byte, 100000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		one, n1, err1 := read(bytes.NewReader(b))
		two, n2, err2 := read(iotest.OneByteReader(bytes.NewReader(b)))
		if len(one) != len(two) || err1.Error() != err2.Error() || errors.Is(err1, io.EOF) && n1 != n2 {
			t.Fatalf("%d %v, byte by byte %d %v", len(one), err1, len(two), err2)
		}
		used := 0
		for _, m := range one {
			used += m.size()
			if m.bad == "" {
				again := append(appendHeader(nil, regtestMagic, m.msgType, m.payload), m.payload...)
				if !bytes.Equal(again, b[used-m.size():used]) {
					t.Fatal("written differently")
				}
			}
		}
	})
}
