//go:build !purego

#include "textflag.h"

// What is added to the counter for each of the sixteen words.
DATA index<>+0(SB)/8, $0x0000000000000000
DATA index<>+8(SB)/8, $0x0000000000000000
DATA index<>+16(SB)/8, $0x0000000000000001
DATA index<>+24(SB)/8, $0x0000000000000000
DATA index<>+32(SB)/8, $0x0000000000000002
DATA index<>+40(SB)/8, $0x0000000000000000
DATA index<>+48(SB)/8, $0x0000000000000003
DATA index<>+56(SB)/8, $0x0000000000000000
DATA index<>+64(SB)/8, $0x0000000000000004
DATA index<>+72(SB)/8, $0x0000000000000000
DATA index<>+80(SB)/8, $0x0000000000000005
DATA index<>+88(SB)/8, $0x0000000000000000
DATA index<>+96(SB)/8, $0x0000000000000006
DATA index<>+104(SB)/8, $0x0000000000000000
DATA index<>+112(SB)/8, $0x0000000000000007
DATA index<>+120(SB)/8, $0x0000000000000000
DATA index<>+128(SB)/8, $0x0000000000000008
DATA index<>+136(SB)/8, $0x0000000000000000
DATA index<>+144(SB)/8, $0x0000000000000009
DATA index<>+152(SB)/8, $0x0000000000000000
DATA index<>+160(SB)/8, $0x000000000000000a
DATA index<>+168(SB)/8, $0x0000000000000000
DATA index<>+176(SB)/8, $0x000000000000000b
DATA index<>+184(SB)/8, $0x0000000000000000
DATA index<>+192(SB)/8, $0x000000000000000c
DATA index<>+200(SB)/8, $0x0000000000000000
DATA index<>+208(SB)/8, $0x000000000000000d
DATA index<>+216(SB)/8, $0x0000000000000000
DATA index<>+224(SB)/8, $0x000000000000000e
DATA index<>+232(SB)/8, $0x0000000000000000
DATA index<>+240(SB)/8, $0x000000000000000f
DATA index<>+248(SB)/8, $0x0000000000000000
GLOBL index<>(SB), NOPTR|RODATA, $256

// The reduction polynomial.
DATA poly<>+0(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+8(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+16(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+24(SB)/8, $0x1b1b1b1b1b1b1b1b
GLOBL poly<>(SB), NOPTR|RODATA, $32

// Two AES rounds on word i: the first keyed with the counter in X12, the second
// with the salt, zero.
#define SUB(i, src, x) \
	VMOVDQU (16*i+src)(SP), x;        \
	VPADDQ  index<>+16*i(SB), X12, X8; \
	VAESENC X8, x, x;                 \
	VAESENC X13, x, x

#define DOUBLE(x) \
	VPCMPGTB x, Y13, Y11;             \
	VPADDB   x, x, x;                 \
	VPAND    Y14, Y11, Y11;           \
	VPXOR    Y11, x, x

#define STORE(i, dst, x, y) \
	VMOVDQU      x, (16*i+dst)(SP);       \
	VEXTRACTI128 $1, y, (16*i+64+dst)(SP)

// BIG.SubWords, ShiftRows and MixColumns for columns c and c+1, which come from
// words a0 to d0 and a1 to d1: the two columns are the halves of Y0 to Y3.
#define COLUMNS(a0, b0, c0, d0, a1, b1, c1, d1, src, dst, c) \
	SUB(a0, src, X0);                 \
	SUB(b0, src, X1);                 \
	SUB(c0, src, X2);                 \
	SUB(d0, src, X3);                 \
	SUB(a1, src, X4);                 \
	SUB(b1, src, X5);                 \
	SUB(c1, src, X6);                 \
	SUB(d1, src, X7);                 \
	VINSERTI128 $1, X4, Y0, Y0;       \
	VINSERTI128 $1, X5, Y1, Y1;       \
	VINSERTI128 $1, X6, Y2, Y2;       \
	VINSERTI128 $1, X7, Y3, Y3;       \
	VPXOR  Y0, Y1, Y4;                \
	VPXOR  Y1, Y2, Y5;                \
	VPXOR  Y2, Y3, Y6;                \
	VPXOR  Y4, Y6, Y7;                \
	VPXOR  Y7, Y0, Y0;                \
	VPXOR  Y7, Y1, Y1;                \
	VPXOR  Y7, Y2, Y2;                \
	VPXOR  Y7, Y3, Y3;                \
	DOUBLE(Y4);                       \
	DOUBLE(Y5);                       \
	DOUBLE(Y6);                       \
	VPXOR  Y4, Y0, Y0;                \
	VPXOR  Y5, Y1, Y1;                \
	VPXOR  Y6, Y2, Y2;                \
	VPXOR  Y4, Y5, Y4;                \
	VPXOR  Y4, Y6, Y4;                \
	VPXOR  Y4, Y3, Y3;                \
	STORE(4*c, dst, X0, Y0);          \
	STORE((4*c+1), dst, X1, Y1);      \
	STORE((4*c+2), dst, X2, Y2);      \
	STORE((4*c+3), dst, X3, Y3)

#define ROUND(src, dst) \
	COLUMNS(0, 5, 10, 15, 4, 9, 14, 3, src, dst, 0); \
	COLUMNS(8, 13, 2, 7, 12, 1, 6, 11, src, dst, 2); \
	VPADDQ X15, X12, X12

// func compressAES(v *chain, block *[blockSize]byte, count uint64)
//
// The frame holds the sixteen words twice, for rounds to go to and fro.
TEXT ·compressAES(SB), NOSPLIT, $512-24
	MOVQ    v+0(FP), DI
	MOVQ    block+8(FP), SI
	VMOVQ   count+16(FP), X12
	VPXOR   Y13, Y13, Y13
	VMOVDQU poly<>(SB), Y14
	MOVQ    $16, AX
	VMOVQ   AX, X15
	MOVQ    $5, CX
	VMOVDQU 0(DI), Y0
	VMOVDQU 0(SI), Y4
	VMOVDQU 32(DI), Y1
	VMOVDQU 32(SI), Y5
	VMOVDQU 64(DI), Y2
	VMOVDQU 64(SI), Y6
	VMOVDQU 96(DI), Y3
	VMOVDQU 96(SI), Y7
	VMOVDQU Y0, 0(SP)
	VMOVDQU Y4, 128(SP)
	VMOVDQU Y1, 32(SP)
	VMOVDQU Y5, 160(SP)
	VMOVDQU Y2, 64(SP)
	VMOVDQU Y6, 192(SP)
	VMOVDQU Y3, 96(SP)
	VMOVDQU Y7, 224(SP)

loop:
	ROUND(0, 256)
	ROUND(256, 0)
	DECQ CX
	JNZ  loop

	// v ^= block ^ w[0..7] ^ w[8..15]
	VMOVDQU 0(DI), Y0
	VPXOR   0(SI), Y0, Y0
	VPXOR   0(SP), Y0, Y0
	VPXOR   128(SP), Y0, Y0
	VMOVDQU Y0, 0(DI)
	VMOVDQU 32(DI), Y0
	VPXOR   32(SI), Y0, Y0
	VPXOR   32(SP), Y0, Y0
	VPXOR   160(SP), Y0, Y0
	VMOVDQU Y0, 32(DI)
	VMOVDQU 64(DI), Y0
	VPXOR   64(SI), Y0, Y0
	VPXOR   64(SP), Y0, Y0
	VPXOR   192(SP), Y0, Y0
	VMOVDQU Y0, 64(DI)
	VMOVDQU 96(DI), Y0
	VPXOR   96(SI), Y0, Y0
	VPXOR   96(SP), Y0, Y0
	VPXOR   224(SP), Y0, Y0
	VMOVDQU Y0, 96(DI)
	VZEROUPPER
	RET
