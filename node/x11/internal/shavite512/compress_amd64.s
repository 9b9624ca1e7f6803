//go:build !purego

#include "textflag.h"

// X0 to X7 are the 32 key words of a round, X8 to X11 the state, X15 zero.

// Key block k of the next round by an AES round on its turned words, and the
// block before.
#define TURN(k, before) \
	VPSHUFD $0x39, k, k;          \
	VAESENC X15, k, k;            \
	VPXOR   before, k, k

// Key block k of the next round by the words up to four before it.
#define LINK(k, before, before2) \
	VPALIGNR $4, before2, before, X12; \
	VPXOR    X12, k, k

#define LINK8 \
	LINK(X0, X7, X6); \
	LINK(X1, X0, X7); \
	LINK(X2, X1, X0); \
	LINK(X3, X2, X1); \
	LINK(X4, X3, X2); \
	LINK(X5, X4, X3); \
	LINK(X6, X5, X4); \
	LINK(X7, X6, X5)

// Two Feistel steps: four AES rounds of b into a, and of d into c. The words
// then move up by one, which is a change of names.
#define ROUND(a, b, c, d) \
	VPXOR   X0, b, X13;    \
	VPXOR   X4, d, X14;    \
	VAESENC X1, X13, X13;  \
	VAESENC X5, X14, X14;  \
	VAESENC X2, X13, X13;  \
	VAESENC X6, X14, X14;  \
	VAESENC X3, X13, X13;  \
	VAESENC X7, X14, X14;  \
	VAESENC X15, X13, X13; \
	VAESENC X15, X14, X14; \
	VPXOR   X13, a, a;     \
	VPXOR   X14, c, c

// func compressAES(h *[16]uint32, block *[blockSize]byte, counters *[4][4]uint32)
TEXT ·compressAES(SB), NOSPLIT, $0-24
	MOVQ  h+0(FP), DI
	MOVQ  block+8(FP), SI
	MOVQ  counters+16(FP), DX
	VPXOR X15, X15, X15
	VMOVDQU 0(SI), X0
	VMOVDQU 16(SI), X1
	VMOVDQU 32(SI), X2
	VMOVDQU 48(SI), X3
	VMOVDQU 64(SI), X4
	VMOVDQU 80(SI), X5
	VMOVDQU 96(SI), X6
	VMOVDQU 112(SI), X7
	VMOVDQU 0(DI), X8
	VMOVDQU 16(DI), X9
	VMOVDQU 32(DI), X10
	VMOVDQU 48(DI), X11

	ROUND(X8, X9, X10, X11)
	TURN(X0, X7)
	VPXOR 0(DX), X0, X0
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)

	ROUND(X11, X8, X9, X10)
	LINK8

	ROUND(X10, X11, X8, X9)
	TURN(X0, X7)
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)

	ROUND(X9, X10, X11, X8)
	LINK8

	ROUND(X8, X9, X10, X11)
	TURN(X0, X7)
	TURN(X1, X0)
	VPXOR 16(DX), X1, X1
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)

	ROUND(X11, X8, X9, X10)
	LINK8

	ROUND(X10, X11, X8, X9)
	TURN(X0, X7)
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)

	ROUND(X9, X10, X11, X8)
	LINK8

	ROUND(X8, X9, X10, X11)
	TURN(X0, X7)
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)
	VPXOR 32(DX), X7, X7

	ROUND(X11, X8, X9, X10)
	LINK8

	ROUND(X10, X11, X8, X9)
	TURN(X0, X7)
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	TURN(X7, X6)

	ROUND(X9, X10, X11, X8)
	LINK8

	ROUND(X8, X9, X10, X11)
	TURN(X0, X7)
	TURN(X1, X0)
	TURN(X2, X1)
	TURN(X3, X2)
	TURN(X4, X3)
	TURN(X5, X4)
	TURN(X6, X5)
	VPXOR 48(DX), X6, X6
	TURN(X7, X6)

	ROUND(X11, X8, X9, X10)

	VPXOR   0(DI), X10, X10
	VMOVDQU X10, 0(DI)
	VPXOR   16(DI), X11, X11
	VMOVDQU X11, 16(DI)
	VPXOR   32(DI), X8, X8
	VMOVDQU X8, 32(DI)
	VPXOR   48(DI), X9, X9
	VMOVDQU X9, 48(DI)
	RET
