//go:build !purego

#include "textflag.h"

// The 256-point transform as 16 x 16: with input index 16m + l and output
// index k + 16n,
//
//	X[k+16n] = sum over l of 2^(l*n) * alpha^(k*l) * (sum over m of 2^(m*k) * x[16m+l])
//
// since alpha^16 = 2. So sixteen lanes of 16 bits hold l in the first round
// and k in the second, every root in a round is a shift, and only between the
// rounds there is a multiplication and a transposition.
//
// Lanes hold residues modulo 257. FOLD brings a value up to 255 * 128 down
// to 256, and one up to 4080 down to 144; the comments give the bound of a value where shifts need it.

DATA bias<>+0(SB)/8, $0x007f007f007f007f
DATA bias<>+8(SB)/8, $0x007f007f007f007f
DATA bias<>+16(SB)/8, $0x007f007f007f007f
DATA bias<>+24(SB)/8, $0x007f007f007f007f
GLOBL bias<>(SB), NOPTR|RODATA, $32

DATA low<>+0(SB)/8, $0x00ff00ff00ff00ff
DATA low<>+8(SB)/8, $0x00ff00ff00ff00ff
DATA low<>+16(SB)/8, $0x00ff00ff00ff00ff
DATA low<>+24(SB)/8, $0x00ff00ff00ff00ff
GLOBL low<>(SB), NOPTR|RODATA, $32

DATA prime<>+0(SB)/8, $0x0101010101010101
DATA prime<>+8(SB)/8, $0x0101010101010101
DATA prime<>+16(SB)/8, $0x0101010101010101
DATA prime<>+24(SB)/8, $0x0101010101010101
GLOBL prime<>(SB), NOPTR|RODATA, $32

DATA most<>+0(SB)/8, $0x0080008000800080
DATA most<>+8(SB)/8, $0x0080008000800080
DATA most<>+16(SB)/8, $0x0080008000800080
DATA most<>+24(SB)/8, $0x0080008000800080
GLOBL most<>(SB), NOPTR|RODATA, $32

// Y15 is 127 in every lane, Y14 255, Y13 257, Y12 128 and, at the end, Y11 -128.

// x = ((x + 127) mod 256) - ((x + 127) div 256) - 127, with t for scratch. The
// bias must not be 128: products and shifts reach 255 * 128, which plus 128
// overflows.
#define FOLD(x, t) \
	VPADDW Y15, x, t;   \
	VPSRAW $8, t, x;    \
	VPAND  Y14, t, t;   \
	VPSUBW x, t, t;     \
	VPSUBW Y15, t, x

// u, v = u + v, u - v
#define BUTTERFLY(u, v) \
	VPSUBW  v, u, Y8;   \
	VPADDW  v, u, u;    \
	VMOVDQA Y8, v

// u, v = u + v, (u - v) * 2^s
#define BUTTERFLY_SHIFT(u, v, s) \
	VPSUBW v, u, Y8;    \
	VPADDW v, u, u;     \
	VPSLLW $s, Y8, v;   \
	FOLD(v, Y8)

// The same for differences too large to shift at once.
#define BUTTERFLY_FOLD_SHIFT(u, v, s) \
	VPSUBW v, u, Y8;    \
	VPADDW v, u, u;     \
	FOLD(Y8, Y9);       \
	VPSLLW $s, Y8, v;   \
	FOLD(v, Y8)

// An eight-point transform of Y0 to Y7 with root 4, in place, output i where
// the reversed bits of i say. Input up to 510, output up to 4080.
#define TRANSFORM8 \
	BUTTERFLY(Y0, Y4);               \
	BUTTERFLY_SHIFT(Y1, Y5, 2);      \
	BUTTERFLY_SHIFT(Y2, Y6, 4);      \
	BUTTERFLY_FOLD_SHIFT(Y3, Y7, 6); \
	BUTTERFLY(Y0, Y2);               \
	BUTTERFLY_SHIFT(Y1, Y3, 4);      \
	BUTTERFLY(Y4, Y6);               \
	BUTTERFLY_SHIFT(Y5, Y7, 4);      \
	BUTTERFLY(Y0, Y1);               \
	BUTTERFLY(Y2, Y3);               \
	BUTTERFLY(Y4, Y5);               \
	BUTTERFLY(Y6, Y7)

// Multiply output k of the first round by its factors; store it as row k.
#define TWIDDLE(y, k) \
	FOLD(y, Y8);                     \
	VPMULLW (32*k)(DX), y, y;        \
	FOLD(y, Y8);                     \
	VMOVDQU y, (32*k)(SP)

// Add the offsets of output n of the second round, centre and store it.
#define FINISH(y, n) \
	VPADDW   (32*n)(BX), y, y;       \
	FOLD(y, Y8);                     \
	VPCMPGTW Y12, y, Y8;             \
	VPAND    Y13, Y8, Y8;            \
	VPSUBW   Y8, y, y;               \
	VPCMPGTW y, Y11, Y8;             \
	VPAND    Y13, Y8, Y8;            \
	VPADDW   Y8, y, y;               \
	VMOVDQU  y, (32*n)(DI)

// Rows i and i+8 of half a matrix into the two halves of y.
#define ROWS(i, half, x, y) \
	VMOVDQU     (32*i+16*half)(SP), x;                \
	VINSERTI128 $1, (32*(i+8)+16*half)(SP), y, y

// Transpose the eight rows in Y0 to Y7 in both halves, through Y8 to Y11.
#define TRANSPOSE8 \
	VPUNPCKLWD  Y1, Y0, Y8;    \
	VPUNPCKHWD  Y1, Y0, Y0;    \
	VPUNPCKLWD  Y3, Y2, Y9;    \
	VPUNPCKHWD  Y3, Y2, Y2;    \
	VPUNPCKLWD  Y5, Y4, Y10;   \
	VPUNPCKHWD  Y5, Y4, Y4;    \
	VPUNPCKLWD  Y7, Y6, Y11;   \
	VPUNPCKHWD  Y7, Y6, Y6;    \
	VPUNPCKLDQ  Y9, Y8, Y1;    \
	VPUNPCKHDQ  Y9, Y8, Y3;    \
	VPUNPCKLDQ  Y2, Y0, Y5;    \
	VPUNPCKHDQ  Y2, Y0, Y7;    \
	VPUNPCKLDQ  Y11, Y10, Y8;  \
	VPUNPCKHDQ  Y11, Y10, Y9;  \
	VPUNPCKLDQ  Y6, Y4, Y10;   \
	VPUNPCKHDQ  Y6, Y4, Y11;   \
	VPUNPCKLQDQ Y8, Y1, Y0;    \
	VPUNPCKHQDQ Y8, Y1, Y1;    \
	VPUNPCKLQDQ Y9, Y3, Y2;    \
	VPUNPCKHQDQ Y9, Y3, Y3;    \
	VPUNPCKLQDQ Y10, Y5, Y4;   \
	VPUNPCKHQDQ Y10, Y5, Y5;   \
	VPUNPCKLQDQ Y11, Y7, Y6;   \
	VPUNPCKHQDQ Y11, Y7, Y7

#define LOAD_ROWS(half) \
	ROWS(0, half, X0, Y0);  \
	ROWS(1, half, X1, Y1);  \
	ROWS(2, half, X2, Y2);  \
	ROWS(3, half, X3, Y3);  \
	ROWS(4, half, X4, Y4);  \
	ROWS(5, half, X5, Y5);  \
	ROWS(6, half, X6, Y6);  \
	ROWS(7, half, X7, Y7)

#define STORE8(at) \
	VMOVDQU Y0, (at)(SP);     \
	VMOVDQU Y1, (at+32)(SP);  \
	VMOVDQU Y2, (at+64)(SP);  \
	VMOVDQU Y3, (at+96)(SP);  \
	VMOVDQU Y4, (at+128)(SP); \
	VMOVDQU Y5, (at+160)(SP); \
	VMOVDQU Y6, (at+192)(SP); \
	VMOVDQU Y7, (at+224)(SP)

// First step of a 16-point transform: column j stays in y as the sum with
// column j+8, whose place the difference times 2^j takes.
#define SPLIT(j, y) \
	VMOVDQU (512+32*j)(SP), Y8;     \
	VPSUBW  y, Y8, Y9;              \
	VPADDW  y, Y8, y;               \
	VPSLLW  $j, Y9, Y8;             \
	FOLD(Y8, Y9);                   \
	VMOVDQU Y8, (512+32*j)(SP)

// func expandAVX2(y *expansion, block *[blockSize]byte, add, factors *[points]int16)
//
// The frame: 16 rows of 32 bytes, then 8 columns.
TEXT ·expandAVX2(SB), NOSPLIT, $768-32
	MOVQ    y+0(FP), DI
	MOVQ    block+8(FP), SI
	MOVQ    add+16(FP), BX
	MOVQ    factors+24(FP), DX
	VMOVDQU bias<>(SB), Y15
	VMOVDQU low<>(SB), Y14
	VMOVDQU prime<>(SB), Y13
	VMOVDQU most<>(SB), Y12

	// First round, even outputs. The upper half of the input is zero, so the
	// first step is no more than a copy.
	VPMOVZXBW 0(SI), Y0
	VPMOVZXBW 16(SI), Y1
	VPMOVZXBW 32(SI), Y2
	VPMOVZXBW 48(SI), Y3
	VPMOVZXBW 64(SI), Y4
	VPMOVZXBW 80(SI), Y5
	VPMOVZXBW 96(SI), Y6
	VPMOVZXBW 112(SI), Y7
	TRANSFORM8
	TWIDDLE(Y0, 0)
	TWIDDLE(Y1, 8)
	TWIDDLE(Y2, 4)
	TWIDDLE(Y3, 12)
	TWIDDLE(Y4, 2)
	TWIDDLE(Y5, 10)
	TWIDDLE(Y6, 6)
	TWIDDLE(Y7, 14)

	// Odd outputs: input m times 2^m.
	VPMOVZXBW 0(SI), Y0
	VPMOVZXBW 16(SI), Y1
	VPMOVZXBW 32(SI), Y2
	VPMOVZXBW 48(SI), Y3
	VPMOVZXBW 64(SI), Y4
	VPMOVZXBW 80(SI), Y5
	VPMOVZXBW 96(SI), Y6
	VPMOVZXBW 112(SI), Y7
	VPSLLW $1, Y1, Y1
	FOLD(Y1, Y8)
	VPSLLW $2, Y2, Y2
	FOLD(Y2, Y8)
	VPSLLW $3, Y3, Y3
	FOLD(Y3, Y8)
	VPSLLW $4, Y4, Y4
	FOLD(Y4, Y8)
	VPSLLW $5, Y5, Y5
	FOLD(Y5, Y8)
	VPSLLW $6, Y6, Y6
	FOLD(Y6, Y8)
	VPSLLW $7, Y7, Y7
	FOLD(Y7, Y8)
	TRANSFORM8
	TWIDDLE(Y0, 1)
	TWIDDLE(Y1, 9)
	TWIDDLE(Y2, 5)
	TWIDDLE(Y3, 13)
	TWIDDLE(Y4, 3)
	TWIDDLE(Y5, 11)
	TWIDDLE(Y6, 7)
	TWIDDLE(Y7, 15)

	// Columns 0 to 7 are kept in the frame, columns 8 to 15 in registers.
	LOAD_ROWS(0)
	TRANSPOSE8
	STORE8(512)
	LOAD_ROWS(1)
	TRANSPOSE8
	VPXOR  Y11, Y11, Y11
	VPSUBW Y12, Y11, Y11

	// Second round. A difference is at most 510 and may be shifted by 6; the
	// one that is shifted by 7 is folded first.
	SPLIT(0, Y0)
	SPLIT(1, Y1)
	SPLIT(2, Y2)
	SPLIT(3, Y3)
	SPLIT(4, Y4)
	SPLIT(5, Y5)
	SPLIT(6, Y6)
	VMOVDQU (512+224)(SP), Y8
	VPSUBW  Y7, Y8, Y9
	VPADDW  Y7, Y8, Y7
	FOLD(Y9, Y8)
	VPSLLW  $7, Y9, Y8
	FOLD(Y8, Y9)
	VMOVDQU Y8, (512+224)(SP)
	TRANSFORM8
	FINISH(Y0, 0)
	FINISH(Y1, 8)
	FINISH(Y2, 4)
	FINISH(Y3, 12)
	FINISH(Y4, 2)
	FINISH(Y5, 10)
	FINISH(Y6, 6)
	FINISH(Y7, 14)

	VMOVDQU 512(SP), Y0
	VMOVDQU 544(SP), Y1
	VMOVDQU 576(SP), Y2
	VMOVDQU 608(SP), Y3
	VMOVDQU 640(SP), Y4
	VMOVDQU 672(SP), Y5
	VMOVDQU 704(SP), Y6
	VMOVDQU 736(SP), Y7
	TRANSFORM8
	FINISH(Y0, 1)
	FINISH(Y1, 9)
	FINISH(Y2, 5)
	FINISH(Y3, 13)
	FINISH(Y4, 3)
	FINISH(Y5, 11)
	FINISH(Y6, 7)
	FINISH(Y7, 15)
	VZEROUPPER
	RET
