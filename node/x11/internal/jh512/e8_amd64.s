//go:build !purego

#include "textflag.h"

// X0 to X7 are x0 to x7; X15 is all ones.

// Masks for neighbouring bits, pairs and nibbles; shuffles of bytes and pairs.
DATA swap1<>+0(SB)/8, $0x5555555555555555
DATA swap1<>+8(SB)/8, $0x5555555555555555
GLOBL swap1<>(SB), NOPTR|RODATA, $16

DATA swap2<>+0(SB)/8, $0x3333333333333333
DATA swap2<>+8(SB)/8, $0x3333333333333333
GLOBL swap2<>(SB), NOPTR|RODATA, $16

DATA swap4<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA swap4<>+8(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL swap4<>(SB), NOPTR|RODATA, $16

DATA swap8<>+0(SB)/8, $0x0607040502030001
DATA swap8<>+8(SB)/8, $0x0e0f0c0d0a0b0809
GLOBL swap8<>(SB), NOPTR|RODATA, $16

DATA swap16<>+0(SB)/8, $0x0504070601000302
DATA swap16<>+8(SB)/8, $0x0d0c0f0e09080b0a
GLOBL swap16<>(SB), NOPTR|RODATA, $16

// S0 or S1, as the bits of c say, on the nibbles in x0 to x3.
#define SUBSTITUTE(x0, x1, x2, x3, c, t, u) \
	VPXOR   X15, x3, x3;  \
	VPANDN  c, x2, u;     \
	VPXOR   u, x0, x0;    \
	VPAND   x0, x1, t;    \
	VPXOR   c, t, t;      \
	VPAND   x2, x3, u;    \
	VPXOR   u, x0, x0;    \
	VPANDN  x2, x1, u;    \
	VPXOR   u, x3, x3;    \
	VPAND   x0, x2, u;    \
	VPXOR   u, x1, x1;    \
	VPANDN  x0, x3, u;    \
	VPXOR   u, x2, x2;    \
	VPOR    x1, x3, u;    \
	VPXOR   u, x0, x0;    \
	VPAND   x1, x2, u;    \
	VPXOR   u, x3, x3;    \
	VPAND   t, x0, u;     \
	VPXOR   u, x1, x1;    \
	VPXOR   t, x2, x2

// Substitution and linear layer; the constants are at c(SI).
#define ROUND(c) \
	VMOVDQU c(SI), X8;                             \
	VMOVDQU (c+16)(SI), X9;                        \
	SUBSTITUTE(X0, X2, X4, X6, X8, X10, X11);      \
	SUBSTITUTE(X1, X3, X5, X7, X9, X12, X13);      \
	VPXOR   X2, X1, X1;   \
	VPXOR   X4, X3, X3;   \
	VPXOR   X6, X0, X10;  \
	VPXOR   X10, X5, X5;  \
	VPXOR   X0, X7, X7;   \
	VPXOR   X3, X0, X0;   \
	VPXOR   X5, X2, X2;   \
	VPXOR   X7, X1, X10;  \
	VPXOR   X10, X4, X4;  \
	VPXOR   X1, X6, X6

#define SWAP_BITS(n, x) \
	VPAND  X14, x, X8;    \
	VPSRLQ $n, x, X9;     \
	VPSLLQ $n, X8, X8;    \
	VPAND  X14, X9, X9;   \
	VPOR   X8, X9, x

#define SWAP_ALL(n, mask) \
	VMOVDQU mask<>(SB), X14; \
	SWAP_BITS(n, X1);        \
	SWAP_BITS(n, X3);        \
	SWAP_BITS(n, X5);        \
	SWAP_BITS(n, X7)

#define SHUFFLE_ALL(order) \
	VMOVDQU order<>(SB), X14; \
	VPSHUFB X14, X1, X1;      \
	VPSHUFB X14, X3, X3;      \
	VPSHUFB X14, X5, X5;      \
	VPSHUFB X14, X7, X7

#define WORDS_ALL(order) \
	VPSHUFD $order, X1, X1; \
	VPSHUFD $order, X3, X3; \
	VPSHUFD $order, X5, X5; \
	VPSHUFD $order, X7, X7

// func e8AVX(h *state, c *vectors)
TEXT ·e8AVX(SB), NOSPLIT, $0-16
	MOVQ     h+0(FP), DI
	MOVQ     c+8(FP), SI
	MOVQ     $6, CX
	VPCMPEQD X15, X15, X15
	VMOVDQU  0(DI), X0
	VMOVDQU  16(DI), X1
	VMOVDQU  32(DI), X2
	VMOVDQU  48(DI), X3
	VMOVDQU  64(DI), X4
	VMOVDQU  80(DI), X5
	VMOVDQU  96(DI), X6
	VMOVDQU  112(DI), X7

loop:
	ROUND(0)
	SWAP_ALL(1, swap1)
	ROUND(32)
	SWAP_ALL(2, swap2)
	ROUND(64)
	SWAP_ALL(4, swap4)
	ROUND(96)
	SHUFFLE_ALL(swap8)
	ROUND(128)
	SHUFFLE_ALL(swap16)
	ROUND(160)
	WORDS_ALL(0xb1)
	ROUND(192)
	WORDS_ALL(0x4e)
	ADDQ $224, SI
	DECQ CX
	JNZ  loop

	VMOVDQU X0, 0(DI)
	VMOVDQU X1, 16(DI)
	VMOVDQU X2, 32(DI)
	VMOVDQU X3, 48(DI)
	VMOVDQU X4, 64(DI)
	VMOVDQU X5, 80(DI)
	VMOVDQU X6, 96(DI)
	VMOVDQU X7, 112(DI)
	RET
