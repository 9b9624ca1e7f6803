//go:build goexperiment.runtimesecret

package signer

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"dashmp/ipc"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// TestNoKeyRemains signs with a key that exists only in secret memory, then
// searches the whole process for it, in clear and as text. The control plants
// the key and is found.
func TestNoKeyRemains(t *testing.T) {
	region, err := lockbox.New(256)
	if err != nil {
		t.Fatal(err)
	}
	defer region.Close()
	key, wif := region.Bytes()[:32], region.Bytes()[64:64+52]
	var mask [32]byte
	rand.Read(mask[:])
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	key[0] &= 0x7f // below the order of the group
	encode(key, wif)

	s, _ := start(t)
	b := s.NewBox()
	for range 200 {
		sec, err := ipc.NewSecret(wif)
		if err != nil {
			t.Fatal(err)
		}
		h, err := b.Deposit(t.Context(), "signmessagewithprivkey", sec)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign(t, b, handle(h), "m"); got.Code != 0 {
			t.Fatal(got.Message)
		}
	}
	b.Close()
	for range 3 {
		runtime.GC()
	}
	if n := count(t, key) + count(t, reversed(region, key)) + count(t, wif); n != 0 {
		t.Errorf("%d copies of the key are in memory", n)
	}
	planted := bytes.Clone(key)
	if n := count(t, key); n == 0 {
		t.Error("the search does not find a key that is there")
	}
	clear(planted)
	runtime.KeepAlive(planted)
}

// encode writes a key in wallet import format without leaving copies.
func encode(key, out []byte) {
	secretly.Do(func() {
		text := encodeWIF(key)
		copy(out, text)
		clear(text)
	})
}

// reversed is the key in the order of its limbs in memory, made in the region.
func reversed(r *lockbox.Region, key []byte) []byte {
	out := r.Bytes()[128:160]
	for i := range out {
		out[i] = key[len(key)-1-i]
	}
	return out
}

// count searches all memory of the process but secret memory, which cannot be
// read this way.
func count(t *testing.T, needle []byte) int {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	found := 0
	lines := bufio.NewScanner(maps)
	buf := make([]byte, 1<<20)
	for lines.Scan() {
		var from, to uint64
		var mode string
		fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode)
		if !strings.HasPrefix(mode, "rw") || strings.Contains(lines.Text(), "secretmem") {
			continue
		}
		const overlap = 128
		for at := from; at < to; {
			n := min(uint64(len(buf)), to-at)
			if read, err := mem.ReadAt(buf[:n], int64(at)); err == nil && read > 0 {
				found += bytes.Count(buf[:read], needle)
			}
			if at += n; at < to {
				at -= overlap
			}
		}
	}
	clear(buf)
	return found
}
