//go:build !purego

package luffa512

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

// hasAVX2 never changes: it is what the processor and the system offer.
var hasAVX2 = cpu.X86.HasAVX2

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	if hasAVX2 {
		sumAVX2(out, msg)
		return
	}
	sumGeneric(out, msg)
}

// vectors holds word i of all five states in vector i, the other lanes unused.
type vectors [8][8]uint32

// stepVectors are the step constants of words 0 and 4.
type stepVectors [steps][2][8]uint32

var (
	ivVectors = func() (v vectors) {
		for j := range iv {
			for i := range v {
				v[i][j] = iv[j][i]
			}
		}
		return v
	}()
	constantVectors = func() (c stepVectors) {
		for j := range stepConstants {
			for r := range c {
				c[r][0][j], c[r][1][j] = stepConstants[j][r][0], stepConstants[j][r][1]
			}
		}
		return c
	}()
)

// roundAVX2 injects m, whose lane j already holds the message times 2^j, and
// applies the permutations.
//
//go:noescape
func roundAVX2(v, m *vectors, c *stepVectors)

// sumAVX2 is sumGeneric with one lane per state.
func sumAVX2(out *[64]byte, msg []byte) {
	v := ivVectors
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		absorbAVX2(&v, (*[blockSize]byte)(msg))
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	absorbAVX2(&v, &block)
	var blank vectors
	for half := 0; half < 2; half++ {
		roundAVX2(&v, &blank, &constantVectors)
		for i := 0; i < 8; i++ {
			w := v[i][0] ^ v[i][1] ^ v[i][2] ^ v[i][3] ^ v[i][4]
			binary.BigEndian.PutUint32(out[32*half+4*i:], w)
		}
	}
}

func absorbAVX2(v *vectors, block *[blockSize]byte) {
	var m vectors
	x := load(block)
	for j := 0; j < width; j++ {
		for i := range m {
			m[i][j] = x[i]
		}
		x = double(x)
	}
	roundAVX2(v, &m, &constantVectors)
}
