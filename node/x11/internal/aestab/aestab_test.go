package aestab

import (
	"crypto/aes"
	"encoding/binary"
	"testing"
)

// TestRound builds AES-128 from the round and compares with the library: ten
// rounds, the last without MixColumns, under a key schedule made with SBox.
func TestRound(t *testing.T) {
	key := []byte("sixteen byte key")
	var rk [44]uint32
	for i := range 4 {
		rk[i] = binary.LittleEndian.Uint32(key[4*i:])
	}
	rcon := uint32(1)
	sub := func(w uint32) (r uint32) {
		for i := 0; i < 32; i += 8 {
			r |= uint32(SBox[byte(w>>i)]) << i
		}
		return r
	}
	for i := 4; i < len(rk); i++ {
		w := rk[i-1]
		if i%4 == 0 {
			w = sub(w>>8|w<<24) ^ rcon
			rcon = rcon<<1 ^ rcon>>7*0x11b
		}
		rk[i] = rk[i-4] ^ w
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for n := range byte(100) {
		in := []byte{n, 1, n * n, 3, 4, 5, ^n, 7, 8, 9, 10, 11, 12, n, 14, 15}
		var want, got [16]byte
		block.Encrypt(want[:], in)
		var x [4]uint32
		for i := range x {
			x[i] = binary.LittleEndian.Uint32(in[4*i:]) ^ rk[i]
		}
		for r := 1; r < 10; r++ {
			x[0], x[1], x[2], x[3] = Round(x[0], x[1], x[2], x[3])
			for i := range x {
				x[i] ^= rk[4*r+i]
			}
		}
		for i := range x {
			w := x[i]&0xff | x[(i+1)&3]&0xff00 | x[(i+2)&3]&0xff0000 | x[(i+3)&3]&0xff000000
			binary.LittleEndian.PutUint32(got[4*i:], sub(w)^rk[40+i])
		}
		if got != want {
			t.Fatalf("%x, want %x", got, want)
		}
	}
}
