//go:build !purego

#include "textflag.h"

DATA scale185<>+0(SB)/4, $0x00b900b9
GLOBL scale185<>(SB), NOPTR|RODATA, $4
DATA scale233<>+0(SB)/4, $0x00e900e9
GLOBL scale233<>(SB), NOPTR|RODATA, $4

// The eight ladders are the eight lanes of A, B, C and D in Y0 to Y3, which
// change names from step to step. Y15 and Y14 hold the factors 185 and 233.

// Message words of a step into Y4, from the pairs of the expansion.
#define PAIRS(g) \
	VMOVDQU (32*g)(DX), Y4;        \
	VPMULLW Y15, Y4, Y4

// Even values of two vectors 128 values apart.
#define EVENS(g) \
	VMOVDQU  (32*g)(DX), Y4;       \
	VPSLLD   $16, (256+32*g)(DX), Y5; \
	VPBLENDW $0xaa, Y5, Y4, Y4;    \
	VPMULLW  Y14, Y4, Y4

#define ODDS(g) \
	VPSRLD   $16, (32*g)(DX), Y4;  \
	VPBLENDW $0xaa, (256+32*g)(DX), Y4, Y4; \
	VPMULLW  Y14, Y4, Y4

#define IF(A, B, C) \
	VPXOR B, C, Y5;   \
	VPAND A, Y5, Y5;  \
	VPXOR C, Y5, Y5

#define MAJ(A, B, C) \
	VPOR  A, B, Y5;   \
	VPAND C, Y5, Y5;  \
	VPAND A, B, Y6;   \
	VPOR  Y6, Y5, Y5

#define ROTL(n, y, t, z) \
	VPSLLD $n, y, t;        \
	VPSRLD $(32-n), y, z;   \
	VPOR   z, t, z

// D = (D + words + f) <<< s + neighbour's A <<< r; A = A <<< r. What was D is
// the next A, what was A the next B. Y5 holds f.
#define STEP(A, D, r, s) \
	VPADDD Y4, D, D;        \
	VPADDD Y5, D, D;        \
	ROTL(r, A, Y7, A);      \
	ROTL(s, D, Y7, D)

#define NEXT_IN_HALF(A, D, order) \
	VPSHUFD $order, A, Y7;  \
	VPADDD  Y7, D, D

#define NEXT_ACROSS(A, D, order) \
	VPSHUFD $order, A, Y7;  \
	VPERMQ  $0x4e, Y7, Y7;  \
	VPADDD  Y7, D, D

// func mixAVX2(h *[32]uint32, block *[blockSize]byte, y *expansion)
TEXT ·mixAVX2(SB), NOSPLIT, $0-24
	MOVQ         h+0(FP), DI
	MOVQ         block+8(FP), SI
	MOVQ         y+16(FP), DX
	VPBROADCASTD scale185<>(SB), Y15
	VPBROADCASTD scale233<>(SB), Y14
	VMOVDQU      (DI), Y0
	VMOVDQU      32(DI), Y1
	VMOVDQU      64(DI), Y2
	VMOVDQU      96(DI), Y3
	VMOVDQA      Y0, Y8
	VMOVDQA      Y1, Y9
	VMOVDQA      Y2, Y10
	VMOVDQA      Y3, Y11
	VPXOR        (SI), Y0, Y0
	VPXOR        32(SI), Y1, Y1
	VPXOR        64(SI), Y2, Y2
	VPXOR        96(SI), Y3, Y3

	// Round 0.
	PAIRS(4)
	IF(Y0, Y1, Y2)
	STEP(Y0, Y3, 3, 23)
	NEXT_IN_HALF(Y0, Y3, 0xb1)
	PAIRS(6)
	IF(Y3, Y0, Y1)
	STEP(Y3, Y2, 23, 17)
	NEXT_ACROSS(Y3, Y2, 0x4e)
	PAIRS(0)
	IF(Y2, Y3, Y0)
	STEP(Y2, Y1, 17, 27)
	NEXT_IN_HALF(Y2, Y1, 0x4e)
	PAIRS(2)
	IF(Y1, Y2, Y3)
	STEP(Y1, Y0, 27, 3)
	NEXT_IN_HALF(Y1, Y0, 0x1b)
	PAIRS(7)
	MAJ(Y0, Y1, Y2)
	STEP(Y0, Y3, 3, 23)
	NEXT_ACROSS(Y0, Y3, 0xb1)
	PAIRS(5)
	MAJ(Y3, Y0, Y1)
	STEP(Y3, Y2, 23, 17)
	NEXT_ACROSS(Y3, Y2, 0x1b)
	PAIRS(3)
	MAJ(Y2, Y3, Y0)
	STEP(Y2, Y1, 17, 27)
	NEXT_ACROSS(Y2, Y1, 0xe4)
	PAIRS(1)
	MAJ(Y1, Y2, Y3)
	STEP(Y1, Y0, 27, 3)
	NEXT_IN_HALF(Y1, Y0, 0xb1)
	// Round 1.
	PAIRS(15)
	IF(Y0, Y1, Y2)
	STEP(Y0, Y3, 28, 19)
	NEXT_ACROSS(Y0, Y3, 0x4e)
	PAIRS(11)
	IF(Y3, Y0, Y1)
	STEP(Y3, Y2, 19, 22)
	NEXT_IN_HALF(Y3, Y2, 0x4e)
	PAIRS(12)
	IF(Y2, Y3, Y0)
	STEP(Y2, Y1, 22, 7)
	NEXT_IN_HALF(Y2, Y1, 0x1b)
	PAIRS(8)
	IF(Y1, Y2, Y3)
	STEP(Y1, Y0, 7, 28)
	NEXT_ACROSS(Y1, Y0, 0xb1)
	PAIRS(9)
	MAJ(Y0, Y1, Y2)
	STEP(Y0, Y3, 28, 19)
	NEXT_ACROSS(Y0, Y3, 0x1b)
	PAIRS(13)
	MAJ(Y3, Y0, Y1)
	STEP(Y3, Y2, 19, 22)
	NEXT_ACROSS(Y3, Y2, 0xe4)
	PAIRS(10)
	MAJ(Y2, Y3, Y0)
	STEP(Y2, Y1, 22, 7)
	NEXT_IN_HALF(Y2, Y1, 0xb1)
	PAIRS(14)
	MAJ(Y1, Y2, Y3)
	STEP(Y1, Y0, 7, 28)
	NEXT_ACROSS(Y1, Y0, 0x4e)
	// Round 2.
	EVENS(1)
	IF(Y0, Y1, Y2)
	STEP(Y0, Y3, 29, 9)
	NEXT_IN_HALF(Y0, Y3, 0x4e)
	EVENS(2)
	IF(Y3, Y0, Y1)
	STEP(Y3, Y2, 9, 15)
	NEXT_IN_HALF(Y3, Y2, 0x1b)
	EVENS(7)
	IF(Y2, Y3, Y0)
	STEP(Y2, Y1, 15, 5)
	NEXT_ACROSS(Y2, Y1, 0xb1)
	EVENS(4)
	IF(Y1, Y2, Y3)
	STEP(Y1, Y0, 5, 29)
	NEXT_ACROSS(Y1, Y0, 0x1b)
	EVENS(6)
	MAJ(Y0, Y1, Y2)
	STEP(Y0, Y3, 29, 9)
	NEXT_ACROSS(Y0, Y3, 0xe4)
	EVENS(5)
	MAJ(Y3, Y0, Y1)
	STEP(Y3, Y2, 9, 15)
	NEXT_IN_HALF(Y3, Y2, 0xb1)
	EVENS(0)
	MAJ(Y2, Y3, Y0)
	STEP(Y2, Y1, 15, 5)
	NEXT_ACROSS(Y2, Y1, 0x4e)
	EVENS(3)
	MAJ(Y1, Y2, Y3)
	STEP(Y1, Y0, 5, 29)
	NEXT_IN_HALF(Y1, Y0, 0x4e)
	// Round 3.
	ODDS(6)
	IF(Y0, Y1, Y2)
	STEP(Y0, Y3, 4, 13)
	NEXT_IN_HALF(Y0, Y3, 0x1b)
	ODDS(0)
	IF(Y3, Y0, Y1)
	STEP(Y3, Y2, 13, 10)
	NEXT_ACROSS(Y3, Y2, 0xb1)
	ODDS(1)
	IF(Y2, Y3, Y0)
	STEP(Y2, Y1, 10, 25)
	NEXT_ACROSS(Y2, Y1, 0x1b)
	ODDS(7)
	IF(Y1, Y2, Y3)
	STEP(Y1, Y0, 25, 4)
	NEXT_ACROSS(Y1, Y0, 0xe4)
	ODDS(3)
	MAJ(Y0, Y1, Y2)
	STEP(Y0, Y3, 4, 13)
	NEXT_IN_HALF(Y0, Y3, 0xb1)
	ODDS(5)
	MAJ(Y3, Y0, Y1)
	STEP(Y3, Y2, 13, 10)
	NEXT_ACROSS(Y3, Y2, 0x4e)
	ODDS(4)
	MAJ(Y2, Y3, Y0)
	STEP(Y2, Y1, 10, 25)
	NEXT_IN_HALF(Y2, Y1, 0x4e)
	ODDS(2)
	MAJ(Y1, Y2, Y3)
	STEP(Y1, Y0, 25, 4)
	NEXT_IN_HALF(Y1, Y0, 0x1b)
	// Feed-forward: the old chaining value is the message.
	VMOVDQA Y8, Y4
	IF(Y0, Y1, Y2)
	STEP(Y0, Y3, 4, 13)
	NEXT_ACROSS(Y0, Y3, 0xb1)
	VMOVDQA Y9, Y4
	IF(Y3, Y0, Y1)
	STEP(Y3, Y2, 13, 10)
	NEXT_ACROSS(Y3, Y2, 0x1b)
	VMOVDQA Y10, Y4
	IF(Y2, Y3, Y0)
	STEP(Y2, Y1, 10, 25)
	NEXT_ACROSS(Y2, Y1, 0xe4)
	VMOVDQA Y11, Y4
	IF(Y1, Y2, Y3)
	STEP(Y1, Y0, 25, 4)
	NEXT_IN_HALF(Y1, Y0, 0xb1)

	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VZEROUPPER
	RET
