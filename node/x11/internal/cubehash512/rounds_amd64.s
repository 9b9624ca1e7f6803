//go:build !purego

#include "textflag.h"

// The state is four vectors of eight words: x0 in LO, HI (words 0 to 15), x1
// in Y2, Y3 (words 16 to 31). The swap of words 0-7 with 8-15 is a change of
// names from one half of the loop to the other; the other swaps are shuffles.
#define ROTL(n, y, t) \
	VPSLLD $n, y, t;        \
	VPSRLD $(32-n), y, y;   \
	VPOR   y, t, y

#define ROUND(LO, HI) \
	VPADDD  LO, Y2, Y2;     \
	VPADDD  HI, Y3, Y3;     \
	ROTL(7, LO, Y4);        \
	ROTL(7, HI, Y5);        \
	VPXOR   Y2, HI, HI;     \
	VPXOR   Y3, LO, LO;     \
	VPSHUFD $0x4e, Y2, Y2;  \
	VPSHUFD $0x4e, Y3, Y3;  \
	VPADDD  HI, Y2, Y2;     \
	VPADDD  LO, Y3, Y3;     \
	ROTL(11, HI, Y4);       \
	ROTL(11, LO, Y5);       \
	VPERMQ  $0x4e, HI, HI;  \
	VPERMQ  $0x4e, LO, LO;  \
	VPXOR   Y2, HI, HI;     \
	VPXOR   Y3, LO, LO;     \
	VPSHUFD $0xb1, Y2, Y2;  \
	VPSHUFD $0xb1, Y3, Y3

// func roundsAVX2(x *[32]uint32, n int)
TEXT ·roundsAVX2(SB), NOSPLIT, $0-16
	MOVQ    x+0(FP), DI
	MOVQ    n+8(FP), CX
	VMOVDQU (DI), Y0
	VMOVDQU 32(DI), Y1
	VMOVDQU 64(DI), Y2
	VMOVDQU 96(DI), Y3

loop:
	ROUND(Y0, Y1)
	ROUND(Y1, Y0)
	SUBQ $2, CX
	JNZ  loop

	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VZEROUPPER
	RET
