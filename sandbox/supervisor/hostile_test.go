package supervisor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/integration/look"
	"dashmp/policy"
)

// edges are all ends of sibling connections: a role and whom it talks to.
func edges() [][2]policy.Role {
	var list [][2]policy.Role
	for _, a := range fourRoles() {
		for _, b := range fourRoles() {
			if joined(a, b) {
				list = append(list, [2]policy.Role{a, b})
			}
		}
	}
	return list
}

// words is little-endian data, as Cap'n Proto has it.
func words(ws ...uint64) []byte {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// framed is a message of one segment.
func framed(ws ...uint64) []byte { return append(words(uint64(len(ws))<<32), words(ws...)...) }

// bootstrap is Message{bootstrap = {questionId}}: a request that every peer
// answers (rpc.capnp).
func bootstrap(question uint32) []byte {
	const root = 1<<32 | 1<<48 // a struct of one word and one pointer, right behind
	const union = 8            // Message.bootstrap
	const body = 1<<32 | 1<<48 // Bootstrap: one word and one pointer
	return framed(root, union, body, uint64(question), 0)
}

// bombs are small messages that become large in a careless receiver.
func bombs() map[string][]byte {
	nested := make([]uint64, 4000)
	for i := range nested {
		nested[i] = 1 << 48 // a struct of one pointer, right behind
	}
	doubled := []uint64{2 << 48}
	for range 50 { // each struct's two pointers lead to the next one
		doubled = append(doubled, 2<<48|4, 2<<48)
	}
	segments := words(511 | 0xffffffff<<32)
	for range 256 {
		segments = append(segments, words(1<<64-1)...)
	}
	return map[string][]byte{
		"segment count":         words(0xffffffff),
		"segment size":          words(0xffffffff << 32),
		"many large segments":   segments,
		"nesting":               framed(append(nested, 0)...),
		"pointer to itself":     framed(0x00010000fffffffc),
		"list of nothing":       framed(1<<48, 0xfffffff800000001),
		"list of empty structs": framed(1<<48, 0x0000000700000001, 0x00000000fffffffc),
		"amplification":         framed(append(doubled, 0, 0)...),
		"no message":            []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	}
}

// ends waits until the other end has closed, whatever it says before.
func ends(fd int) error {
	b := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, b)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECONNRESET), err == nil && n == 0:
			return nil
		case err != nil:
			return err
		}
	}
}

// TestBombsFromSiblings sends every bomb to every role program over a connection
// to each of its siblings, under a cap of its memory. Each costs the connection.
func TestBombsFromSiblings(t *testing.T) {
	r := newRealTree(t)
	for _, e := range edges() {
		before := r.victim(e[0])
		before.cap(t, 64, 256<<20)
		for name, bomb := range bombs() {
			fd := r.sibling(e[0], e[1])
			if _, err := unix.Write(fd, bomb); err != nil {
				t.Errorf("%s to %s: %s: %v", e[1], e[0], name, err)
			}
			if err := ends(fd); err != nil {
				t.Errorf("%s to %s: %s: the connection did not end: %v", e[1], e[0], name, err)
			}
			unix.Close(fd)
		}
		before.fds++ // the last connection may not have been replaced
		r.unharmed(before, 48<<10)
	}
}

// naiveVar makes this test binary a receiver that believes what it is told.
const naiveVar = "DASH_TEST_NAIVE"

// naive reads one bomb from stdin as a careless receiver would: it allocates
// what the header says, and follows every pointer of it. It dies of any bomb, or
// reports what became of it.
func naive() string {
	debug.SetMaxStack(64 << 20)
	b := make([]byte, 1<<20)
	n, _ := os.Stdin.Read(b)
	b = b[:n]
	segments := uint64(binary.LittleEndian.Uint32(b)) + 1
	size := uint64(binary.LittleEndian.Uint32(b[4:])) * 8
	if segments > 1 || size > uint64(n) {
		return fmt.Sprintf("allocates %d MiB", (segments*4+max(segments-1, 1)*size)>>20)
	}
	steps, deepest := 0, 0
	follow(b[8:], 0, 0, &steps, &deepest)
	return fmt.Sprintf("%d steps, %d deep", steps, deepest)
}

// enough is more than any message of its size has to take.
const enough = 1 << 20

func follow(seg []byte, at, depth int, steps, deepest *int) {
	*steps, *deepest = *steps+1, max(*deepest, depth)
	if *steps > enough || at < 0 || at*8+8 > len(seg) {
		return
	}
	p := binary.LittleEndian.Uint64(seg[at*8:])
	to := at + 1 + int(int32(p)>>2)
	switch {
	case p == 0:
	case p&3 == 0:
		for i := range int(p >> 48) {
			follow(seg, to+int(p>>32&0xffff)+i, depth+1, steps, deepest)
		}
	case p&3 == 1 && p>>32&7 == 7 && to*8+8 <= len(seg):
		*steps += int(binary.LittleEndian.Uint32(seg[to*8:]) >> 2) // one per element, says the tag
	case p&3 == 1:
		*steps += int(p >> 35)
	}
}

// TestBombsHarmTheNaive is the control: the same bytes make a receiver that
// believes them allocate, recurse or loop far beyond what they are.
func TestBombsHarmTheNaive(t *testing.T) {
	for name, bomb := range bombs() {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), naiveVar+"=1")
		cmd.Stdin = strings.NewReader(string(bomb))
		out, err := cmd.CombinedOutput()
		var mib, steps, deep int
		_, _ = fmt.Sscanf(string(out), "allocates %d MiB", &mib)
		_, _ = fmt.Sscanf(string(out), "%d steps, %d deep", &steps, &deep)
		if err == nil && mib < 1024 && steps <= enough && deep < 1000 {
			t.Errorf("%s did no harm: %s", name, out)
		}
	}
}

// rights are n descriptors of /dev/null as a control message.
func rights(t *testing.T, n int) []byte {
	t.Helper()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	fds := make([]int, n)
	for i := range fds {
		fds[i] = int(null.Fd())
	}
	return unix.UnixRights(fds...)
}

// coalesced is many requests in one message of the socket.
func coalesced(n int) []byte {
	var b []byte
	for i := range uint32(n) {
		b = append(b, bootstrap(i)...)
	}
	return b
}

// floodMessages is how many hostile messages each role gets from each sibling:
// 100,000 together.
const floodMessages = 10_000

// TestDescriptorFloodFromSiblings sends descriptors where none are wanted to
// every role program: on requests, on halves of requests, on many requests at
// once, more than a message may have; at a limit of descriptors that is close.
// A connection is all that they can cost.
func TestDescriptorFloodFromSiblings(t *testing.T) {
	r := newRealTree(t)
	whole, half, many := bootstrap(0), bootstrap(0)[:16], coalesced(40)
	flood := map[int][]byte{253: rights(t, 253)}
	for n := range 17 {
		flood[n] = rights(t, n)
	}
	for _, e := range edges() {
		before := r.victim(e[0])
		before.cap(t, 24, 256<<20)
		connections, sent, most := 0, 0, 0
		for sent < floodMessages {
			fd := r.sibling(e[0], e[1])
			connections++
			drained := make(chan struct{})
			go func() { defer close(drained); _ = ends(fd) }()
			for sent < floodMessages {
				sent++
				b, n := whole, 1+sent%16
				switch sent % 4 { // each kind comes first on some connection
				case 1:
					b, n = many, 253
				case 2:
					b, n = half, 3
				}
				_, err := unix.SendmsgN(fd, b, flood[n], nil, unix.MSG_NOSIGNAL)
				if sent%4 == 2 && err == nil {
					_, err = unix.Write(fd, whole[len(half):]) // the rest of it
				}
				if err != nil {
					break // it has cost the connection
				}
				if sent%100 == 0 {
					most = max(most, look.Descriptors(before.inst.proc.PID()))
				}
			}
			_ = unix.Shutdown(fd, unix.SHUT_RDWR)
			<-drained
			unix.Close(fd)
		}
		t.Logf("%s to %s: %d messages over %d connections, at most %d descriptors open, %d before", e[1], e[0], sent, connections, most, before.fds)
		if most > before.fds+20 {
			t.Errorf("%s held %d descriptors, %d before", e[0], most, before.fds)
		}
		before.fds++ // the last connection may not have been replaced
		r.unharmed(before, 48<<10)
	}
}

// TestDescriptorFloodFillsTheNaive is the control: the same messages fill the
// table of a receiver that takes what comes, and a plain read loses what a
// receiver of descriptors wants.
func TestDescriptorFloodFillsTheNaive(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	before := look.Descriptors(os.Getpid())
	flood := rights(t, 253)
	var got []int
	b, oob := make([]byte, 1<<16), make([]byte, unix.CmsgSpace(4*253))
	for range 2 {
		if _, err := unix.SendmsgN(fds[0], coalesced(40), flood, nil, 0); err != nil {
			t.Fatal(err)
		}
		_, n, _, _, err := unix.Recvmsg(fds[1], b, oob, unix.MSG_CMSG_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := unix.ParseSocketControlMessage(oob[:n])
		for i := range all {
			more, _ := unix.ParseUnixRights(&all[i])
			got = append(got, more...)
		}
	}
	if n := look.Descriptors(os.Getpid()) - before; before >= 0 && n < 2*253 {
		t.Errorf("the naive receiver holds %d descriptors more", n)
	}
	for _, fd := range got {
		unix.Close(fd)
	}
	if _, err := unix.SendmsgN(fds[0], []byte("x"), flood, nil, 0); err != nil {
		t.Fatal(err)
	}
	held := look.Descriptors(os.Getpid())
	if n, err := unix.Read(fds[1], b); n != 1 || err != nil || look.Descriptors(os.Getpid()) != held {
		t.Errorf("a plain read: %d bytes, %v", n, err)
	}
	// A receiver with room for one descriptor learns only that there were more.
	if _, err := unix.SendmsgN(fds[0], coalesced(2), unix.UnixRights(fds[0], fds[0]), nil, 0); err != nil {
		t.Fatal(err)
	}
	_, n, flags, _, err := unix.Recvmsg(fds[1], b, oob[:unix.CmsgLen(4)], unix.MSG_CMSG_CLOEXEC)
	if err != nil || flags&unix.MSG_CTRUNC == 0 {
		t.Errorf("no MSG_CTRUNC: flags %#x, %v", flags, err)
	}
	all, _ := unix.ParseSocketControlMessage(oob[:n])
	for i := range all {
		more, _ := unix.ParseUnixRights(&all[i])
		for _, fd := range more {
			unix.Close(fd)
		}
	}
}
