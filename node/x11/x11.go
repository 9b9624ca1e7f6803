package x11

import (
	"dashmp/node/x11/internal/blake512"
	"dashmp/node/x11/internal/bmw512"
	"dashmp/node/x11/internal/cubehash512"
	"dashmp/node/x11/internal/echo512"
	"dashmp/node/x11/internal/groestl512"
	"dashmp/node/x11/internal/jh512"
	"dashmp/node/x11/internal/keccak512"
	"dashmp/node/x11/internal/luffa512"
	"dashmp/node/x11/internal/shavite512"
	"dashmp/node/x11/internal/simd512"
	"dashmp/node/x11/internal/skein512"
)

// Size is the length of a digest in bytes.
const Size = 32

// Sum returns the X11 digest of b: the first 32 bytes of the last stage, in
// the order they come out (a block hash is displayed in the reverse order). It
// does not allocate.
//
// Source of the rule: HashX11 in Dash Core's src/hash_x11.h.
func Sum(b []byte) [Size]byte {
	var s [64]byte
	blake512.Sum(&s, b)
	bmw512.Sum(&s, s[:])
	groestl512.Sum(&s, s[:])
	skein512.Sum(&s, s[:])
	jh512.Sum(&s, s[:])
	keccak512.Sum(&s, s[:])
	luffa512.Sum(&s, s[:])
	cubehash512.Sum(&s, s[:])
	shavite512.Sum(&s, s[:])
	simd512.Sum(&s, s[:])
	echo512.Sum(&s, s[:])
	return [Size]byte(s[:Size])
}
