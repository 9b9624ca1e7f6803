//go:build !purego

#include "textflag.h"

// Both permutations at once: the eight rows of P are the lower halves of eight
// vectors, those of Q the upper halves. SubBytes comes from AESENCLAST with a
// zero key; its own ShiftRows is undone in the byte shuffle that also does
// Grøstl's ShiftBytes.

// Per row: rotation by P's and by Q's distance, after the inverse of AES ShiftRows.
DATA shift<>+0(SB)/8, $0x0b0e0104070a0d00
DATA shift<>+8(SB)/8, $0x0306090c0f020508
DATA shift<>+16(SB)/8, $0x0c0f0205080b0e01
DATA shift<>+24(SB)/8, $0x04070a0d00030609
DATA shift<>+32(SB)/8, $0x0c0f0205080b0e01
DATA shift<>+40(SB)/8, $0x04070a0d00030609
DATA shift<>+48(SB)/8, $0x0e0104070a0d0003
DATA shift<>+56(SB)/8, $0x06090c0f0205080b
DATA shift<>+64(SB)/8, $0x0d000306090c0f02
DATA shift<>+72(SB)/8, $0x05080b0e0104070a
DATA shift<>+80(SB)/8, $0x000306090c0f0205
DATA shift<>+88(SB)/8, $0x080b0e0104070a0d
DATA shift<>+96(SB)/8, $0x0e0104070a0d0003
DATA shift<>+104(SB)/8, $0x06090c0f0205080b
DATA shift<>+112(SB)/8, $0x06090c0f0205080b
DATA shift<>+120(SB)/8, $0x0e0104070a0d0003
DATA shift<>+128(SB)/8, $0x0f0205080b0e0104
DATA shift<>+136(SB)/8, $0x070a0d000306090c
DATA shift<>+144(SB)/8, $0x0b0e0104070a0d00
DATA shift<>+152(SB)/8, $0x0306090c0f020508
DATA shift<>+160(SB)/8, $0x000306090c0f0205
DATA shift<>+168(SB)/8, $0x080b0e0104070a0d
DATA shift<>+176(SB)/8, $0x0d000306090c0f02
DATA shift<>+184(SB)/8, $0x05080b0e0104070a
DATA shift<>+192(SB)/8, $0x0104070a0d000306
DATA shift<>+200(SB)/8, $0x090c0f0205080b0e
DATA shift<>+208(SB)/8, $0x0f0205080b0e0104
DATA shift<>+216(SB)/8, $0x070a0d000306090c
DATA shift<>+224(SB)/8, $0x06090c0f0205080b
DATA shift<>+232(SB)/8, $0x0e0104070a0d0003
DATA shift<>+240(SB)/8, $0x0104070a0d000306
DATA shift<>+248(SB)/8, $0x090c0f0205080b0e
GLOBL shift<>(SB), NOPTR|RODATA, $256

// Two columns of eight bytes to eight pairs of bytes, and back.
DATA zip<>+0(SB)/8, $0x0b030a0209010800
DATA zip<>+8(SB)/8, $0x0f070e060d050c04
DATA zip<>+16(SB)/8, $0x0b030a0209010800
DATA zip<>+24(SB)/8, $0x0f070e060d050c04
GLOBL zip<>(SB), NOPTR|RODATA, $32

DATA unzip<>+0(SB)/8, $0x0e0c0a0806040200
DATA unzip<>+8(SB)/8, $0x0f0d0b0907050301
DATA unzip<>+16(SB)/8, $0x0e0c0a0806040200
DATA unzip<>+24(SB)/8, $0x0f0d0b0907050301
GLOBL unzip<>(SB), NOPTR|RODATA, $32

// Q inverts all its rows.
DATA invert<>+0(SB)/8, $0x0000000000000000
DATA invert<>+8(SB)/8, $0x0000000000000000
DATA invert<>+16(SB)/8, $0xffffffffffffffff
DATA invert<>+24(SB)/8, $0xffffffffffffffff
GLOBL invert<>(SB), NOPTR|RODATA, $32

// The reduction polynomial.
DATA poly<>+0(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+8(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+16(SB)/8, $0x1b1b1b1b1b1b1b1b
DATA poly<>+24(SB)/8, $0x1b1b1b1b1b1b1b1b
GLOBL poly<>(SB), NOPTR|RODATA, $32

#define TRANSPOSE \
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

// SubBytes and ShiftBytes of row i, kept in the frame too. X15 is zero.
#define SUB(i, x, y) \
	VPSHUFB      shift<>+32*i(SB), y, y;  \
	VEXTRACTI128 $1, y, X8;               \
	VAESENCLAST  X15, x, x;               \
	VAESENCLAST  X15, X8, X8;             \
	VINSERTI128  $1, X8, y, y;            \
	VMOVDQU      y, (32*i)(SP)

// y_i = t_i + t_(i+2) + a_(i+6), to the frame.
#define SUM(i, ti, ti2, i6) \
	VPXOR   ti, ti2, Y8;            \
	VPXOR   (32*i6)(SP), Y8, Y8;    \
	VMOVDQU Y8, (256+32*i)(SP)

// x times 2, with zero and a scratch register.
#define DOUBLE(x, zero, t) \
	VPCMPGTB x, zero, t;              \
	VPADDB   x, x, x;                 \
	VPAND    poly<>(SB), t, t;        \
	VPXOR    t, x, x

// row = 2 * (2 * x + y_(i+7)) + y_(i+4)
#define ROW(x, zero, t, i7, i4, row) \
	DOUBLE(x, zero, t);               \
	VPXOR (256+32*i7)(SP), x, x;      \
	DOUBLE(x, zero, t);               \
	VPXOR (256+32*i4)(SP), x, row

// func permuteAES(s *pair, c *roundConstants)
//
// The frame: the rows after ShiftBytes, then the sums y.
TEXT ·permuteAES(SB), NOSPLIT, $512-16
	MOVQ    s+0(FP), DI
	MOVQ    c+8(FP), SI
	MOVQ    $14, CX
	VMOVDQU zip<>(SB), Y15
	VMOVDQU 0(DI), Y0
	VPSHUFB Y15, Y0, Y0
	VMOVDQU 32(DI), Y1
	VPSHUFB Y15, Y1, Y1
	VMOVDQU 64(DI), Y2
	VPSHUFB Y15, Y2, Y2
	VMOVDQU 96(DI), Y3
	VPSHUFB Y15, Y3, Y3
	VMOVDQU 128(DI), Y4
	VPSHUFB Y15, Y4, Y4
	VMOVDQU 160(DI), Y5
	VPSHUFB Y15, Y5, Y5
	VMOVDQU 192(DI), Y6
	VPSHUFB Y15, Y6, Y6
	VMOVDQU 224(DI), Y7
	VPSHUFB Y15, Y7, Y7
	TRANSPOSE

round:
	VPXOR   X15, X15, X15
	VMOVDQU invert<>(SB), Y9
	VPXOR   (SI), Y0, Y0
	VPXOR   Y9, Y1, Y1
	VPXOR   Y9, Y2, Y2
	VPXOR   Y9, Y3, Y3
	VPXOR   Y9, Y4, Y4
	VPXOR   Y9, Y5, Y5
	VPXOR   Y9, Y6, Y6
	VPXOR   32(SI), Y7, Y7
	ADDQ    $64, SI
	SUB(0, X0, Y0)
	SUB(1, X1, Y1)
	SUB(2, X2, Y2)
	SUB(3, X3, Y3)
	SUB(4, X4, Y4)
	SUB(5, X5, Y5)
	SUB(6, X6, Y6)
	SUB(7, X7, Y7)

	// MixBytes in the form of the authors: t_i = a_i + a_(i+1).
	VPXOR 32(SP), Y0, Y0
	VPXOR 64(SP), Y1, Y1
	VPXOR 96(SP), Y2, Y2
	VPXOR 128(SP), Y3, Y3
	VPXOR 160(SP), Y4, Y4
	VPXOR 192(SP), Y5, Y5
	VPXOR 224(SP), Y6, Y6
	VPXOR 0(SP), Y7, Y7
	SUM(0, Y0, Y2, 6)
	SUM(1, Y1, Y3, 7)
	SUM(2, Y2, Y4, 0)
	SUM(3, Y3, Y5, 1)
	SUM(4, Y4, Y6, 2)
	SUM(5, Y5, Y7, 3)
	SUM(6, Y6, Y0, 4)
	SUM(7, Y7, Y1, 5)

	// x_i = t_i + t_(i+3), in Y8 to Y15.
	VPXOR Y0, Y3, Y8
	VPXOR Y1, Y4, Y9
	VPXOR Y2, Y5, Y10
	VPXOR Y3, Y6, Y11
	VPXOR Y4, Y7, Y12
	VPXOR Y5, Y0, Y13
	VPXOR Y6, Y1, Y14
	VPXOR Y7, Y2, Y15

	VPXOR Y0, Y0, Y0
	ROW(Y14, Y0, Y1, 2, 7, Y3)
	ROW(Y15, Y0, Y1, 3, 0, Y4)
	ROW(Y8, Y0, Y1, 4, 1, Y5)
	ROW(Y9, Y0, Y1, 5, 2, Y6)
	ROW(Y10, Y0, Y1, 6, 3, Y7)
	VPXOR Y15, Y15, Y15
	ROW(Y11, Y15, Y14, 7, 4, Y0)
	ROW(Y12, Y15, Y14, 0, 5, Y1)
	ROW(Y13, Y15, Y14, 1, 6, Y2)
	DECQ CX
	JNZ  round

	TRANSPOSE
	VMOVDQU unzip<>(SB), Y15
	VPSHUFB Y15, Y0, Y0
	VMOVDQU Y0, 0(DI)
	VPSHUFB Y15, Y1, Y1
	VMOVDQU Y1, 32(DI)
	VPSHUFB Y15, Y2, Y2
	VMOVDQU Y2, 64(DI)
	VPSHUFB Y15, Y3, Y3
	VMOVDQU Y3, 96(DI)
	VPSHUFB Y15, Y4, Y4
	VMOVDQU Y4, 128(DI)
	VPSHUFB Y15, Y5, Y5
	VMOVDQU Y5, 160(DI)
	VPSHUFB Y15, Y6, Y6
	VMOVDQU Y6, 192(DI)
	VPSHUFB Y15, Y7, Y7
	VMOVDQU Y7, 224(DI)
	VZEROUPPER
	RET
