package ipc

import (
	"fmt"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"

	"dashmp/ipc/internal/frame"
)

// reread sends a message through its bytes and reads it with the library.
func reread(t *testing.T, m *outMessage) rpc.Message {
	t.Helper()
	b, err := m.msg.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := frame.Validate(frame.Split(b, nil), 64, 1<<20); err != nil {
		t.Fatal(err)
	}
	msg, err := capnp.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	root, err := rpc.ReadRootMessage(msg)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// contentSizes are those that end up in the first segment, in another, and
// nowhere.
var contentSizes = []capnp.ObjectSize{
	{}, {DataSize: 8}, {PointerCount: 3}, {DataSize: 16, PointerCount: 4}, {DataSize: 4000, PointerCount: 200},
}

// TestEnvelopes reads what the templates make with the library's accessors.
func TestEnvelopes(t *testing.T) {
	client, _ := connect(t, probe(echoHandler))
	for _, size := range contentSizes {
		for _, caps := range []int{0, 1, 3, 200, 2000} {
			t.Run(fmt.Sprintf("%v with %d capabilities", size, caps), func(t *testing.T) {
				table := Caps{conn: client}
				for i := range caps {
					e := capEntry{imp: &importRef{conn: client, id: uint32(1000 + i)}}
					if i == 1 {
						e.fd = own(-1)
					}
					table.list = append(table.list, e)
				}
				call := client.newCall()
				call.method = &Method{Interface: 0x1122334455667788, Ordinal: 0xabcd, Params: size, Context: -1}
				if err := call.prepare(); err != nil {
					t.Fatal(err)
				}
				fillAll(t, call.params)
				call.out.put32(callQuestion, 77)
				call.out.put32(callTarget, 88)
				checkEncoded(t, client, table, &call.out)
				got, err := reread(t, &call.out).Call()
				if err != nil {
					t.Fatal(err)
				}
				target, err := got.Target()
				if err != nil || target.Which() != rpc.MessageTarget_Which_importedCap || target.ImportedCap() != 88 ||
					got.QuestionId() != 77 || got.InterfaceId() != 0x1122334455667788 || got.MethodId() != 0xabcd ||
					!got.NoPromisePipelining() || got.OnlyPromisePipeline() || got.AllowThirdPartyTailCall() ||
					got.SendResultsTo().Which() != rpc.Call_sendResultsTo_Which_caller {
					t.Errorf("call %v, %v", got, err)
				}
				p, err := got.Params()
				if err != nil {
					t.Fatal(err)
				}
				checkPayload(t, p, size, caps)

				sc := client.newServed()
				sc.method = &Method{Results: size}
				if _, err := sc.NewResults(); err != nil {
					t.Fatal(err)
				}
				fillAll(t, sc.results)
				sc.out.put32(returnAnswer, 99)
				sc.out.put32(returnFlags, flagKeepParams|flagNoFinish)
				for i := range table.list {
					if i == 1 {
						table.list[i].fd = own(-1)
					}
				}
				checkEncoded(t, client, table, sc.out)
				ret, err := reread(t, sc.out).Return()
				if err != nil || ret.AnswerId() != 99 || ret.ReleaseParamCaps() || !ret.NoFinishNeeded() ||
					ret.Which() != rpc.Return_Which_results {
					t.Errorf("return %v, %v", ret, err)
				}
				sc.out.put32(returnFlags, 0)
				ret, err = reread(t, sc.out).Return()
				if err != nil || !ret.ReleaseParamCaps() || ret.NoFinishNeeded() {
					t.Errorf("return %v, %v", ret, err)
				}
				if p, err = ret.Results(); err != nil {
					t.Fatal(err)
				}
				checkPayload(t, p, size, caps)
			})
		}
	}
}

func checkEncoded(t *testing.T, c *Conn, table Caps, m *outMessage) {
	t.Helper()
	var exported []uint32
	if err := c.encodeCapsLocked(&table, m, &exported); err != nil || len(exported) != 0 {
		t.Fatal(exported, err)
	}
}

func fillAll(t *testing.T, s capnp.Struct) {
	t.Helper()
	for i := range s.Size().DataSize {
		s.SetUint8(capnp.DataOffset(i), uint8(i))
	}
	for i := range s.Size().PointerCount {
		if err := s.SetNewText(i, fmt.Sprint("pointer ", i)); err != nil {
			t.Fatal(err)
		}
	}
}

func checkPayload(t *testing.T, p rpc.Payload, size capnp.ObjectSize, caps int) {
	t.Helper()
	content, err := p.Content()
	if err != nil {
		t.Fatal(err)
	}
	s := content.Struct()
	if !s.IsValid() || s.Size() != size {
		t.Fatalf("content of %v, want %v", s.Size(), size)
	}
	for i := range size.DataSize {
		if s.Uint8(capnp.DataOffset(i)) != uint8(i) {
			t.Fatalf("byte %d differs", i)
		}
	}
	for i := range size.PointerCount {
		if q, err := s.Ptr(i); err != nil || q.Text() != fmt.Sprint("pointer ", i) {
			t.Fatalf("pointer %d: %q, %v", i, q.Text(), err)
		}
	}
	l, err := p.CapTable()
	if err != nil || l.Len() != caps {
		t.Fatalf("%d capabilities, %v", l.Len(), err)
	}
	for i := range caps {
		d := l.At(i)
		fd := uint8(noAttachedFD)
		if i == 1 {
			fd = 0
		}
		if d.Which() != rpc.CapDescriptor_Which_receiverHosted || d.ReceiverHosted() != uint32(1000+i) || d.AttachedFd() != fd {
			t.Fatalf("capability %d: %v", i, d)
		}
	}
}
