//go:build !purego

#include "textflag.h"

// Vector i (Y0 to Y7) holds word i of the five states in its lower five lanes.

// The lanes in use.
DATA used<>+0(SB)/4, $0xffffffff
DATA used<>+4(SB)/4, $0xffffffff
DATA used<>+8(SB)/4, $0xffffffff
DATA used<>+12(SB)/4, $0xffffffff
DATA used<>+16(SB)/4, $0xffffffff
DATA used<>+20(SB)/4, $0x00000000
DATA used<>+24(SB)/4, $0x00000000
DATA used<>+28(SB)/4, $0x00000000
GLOBL used<>(SB), NOPTR|RODATA, $32

// Lane j takes its right, and its left neighbour in the ring of five.
DATA next<>+0(SB)/4, $0x00000001
DATA next<>+4(SB)/4, $0x00000002
DATA next<>+8(SB)/4, $0x00000003
DATA next<>+12(SB)/4, $0x00000004
DATA next<>+16(SB)/4, $0x00000000
DATA next<>+20(SB)/4, $0x00000005
DATA next<>+24(SB)/4, $0x00000006
DATA next<>+28(SB)/4, $0x00000007
GLOBL next<>(SB), NOPTR|RODATA, $32

DATA previous<>+0(SB)/4, $0x00000004
DATA previous<>+4(SB)/4, $0x00000000
DATA previous<>+8(SB)/4, $0x00000001
DATA previous<>+12(SB)/4, $0x00000002
DATA previous<>+16(SB)/4, $0x00000003
DATA previous<>+20(SB)/4, $0x00000005
DATA previous<>+24(SB)/4, $0x00000006
DATA previous<>+28(SB)/4, $0x00000007
GLOBL previous<>(SB), NOPTR|RODATA, $32

// The tweak: state j turns its upper words by j.
DATA turn<>+0(SB)/4, $0x00000000
DATA turn<>+4(SB)/4, $0x00000001
DATA turn<>+8(SB)/4, $0x00000002
DATA turn<>+12(SB)/4, $0x00000003
DATA turn<>+16(SB)/4, $0x00000004
DATA turn<>+20(SB)/4, $0x00000000
DATA turn<>+24(SB)/4, $0x00000000
DATA turn<>+28(SB)/4, $0x00000000
GLOBL turn<>(SB), NOPTR|RODATA, $32

DATA turnBack<>+0(SB)/4, $0x00000020
DATA turnBack<>+4(SB)/4, $0x0000001f
DATA turnBack<>+8(SB)/4, $0x0000001e
DATA turnBack<>+12(SB)/4, $0x0000001d
DATA turnBack<>+16(SB)/4, $0x0000001c
DATA turnBack<>+20(SB)/4, $0x00000020
DATA turnBack<>+24(SB)/4, $0x00000020
DATA turnBack<>+28(SB)/4, $0x00000020
GLOBL turnBack<>(SB), NOPTR|RODATA, $32

// All lanes of x become the sum of all lanes.
#define ADD_LANES(x, t) \
	VPERM2I128 $1, x, x, t;  \
	VPXOR      t, x, x;      \
	VPSHUFD    $0x4e, x, t;  \
	VPXOR      t, x, x;      \
	VPSHUFD    $0xb1, x, t;  \
	VPXOR      t, x, x

#define SUB_CRUMB(a0, a1, a2, a3, u) \
	VPOR  a0, a1, u;         \
	VPXOR a3, a2, a2;        \
	VPXOR Y14, a1, a1;       \
	VPXOR a3, u, u;          \
	VPAND a0, a3, a3;        \
	VPXOR a3, a1, a1;        \
	VPXOR a2, a3, a3;        \
	VPAND u, a2, a2;         \
	VPXOR Y14, u, u;         \
	VPXOR a1, a2, a2;        \
	VPOR  a3, a1, a1;        \
	VPXOR a1, a0, a0;        \
	VPXOR a2, a3, a3;        \
	VPAND a1, a2, a2;        \
	VPXOR u, a1, a1

// x = (x <<< n) + y
#define ROTL_ADD(n, x, y, s, t) \
	VPSLLD $n, x, s;         \
	VPSRLD $(32-n), x, t;    \
	VPXOR  y, s, s;          \
	VPXOR  t, s, x

#define MIX_WORD(l, r, s, t) \
	VPXOR  l, r, r;          \
	ROTL_ADD(2, l, r, s, t); \
	ROTL_ADD(14, r, l, s, t);\
	ROTL_ADD(10, l, r, s, t);\
	VPADDD r, r, s;          \
	VPSRLD $31, r, t;        \
	VPXOR  s, t, r

#define TURN(x) \
	VPSLLVD Y8, x, Y10;      \
	VPSRLVD Y9, x, Y11;      \
	VPOR    Y10, Y11, x

// func roundAVX2(v, m *vectors, c *stepVectors)
//
// The frame holds the states while the ring is computed.
TEXT ·roundAVX2(SB), NOSPLIT, $256-24
	MOVQ    v+0(FP), DI
	MOVQ    m+8(FP), SI
	MOVQ    c+16(FP), DX
	MOVQ    $8, CX
	VMOVDQU used<>(SB), Y14
	VPAND   0(DI), Y14, Y0
	VPAND   32(DI), Y14, Y1
	VPAND   64(DI), Y14, Y2
	VPAND   96(DI), Y14, Y3
	VPAND   128(DI), Y14, Y4
	VPAND   160(DI), Y14, Y5
	VPAND   192(DI), Y14, Y6
	VPAND   224(DI), Y14, Y7

	// The sum of all states, doubled, to each.
	VMOVDQA Y0, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 0(SP)
	VMOVDQA Y1, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 32(SP)
	VMOVDQA Y2, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 64(SP)
	VMOVDQA Y3, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 96(SP)
	VMOVDQA Y4, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 128(SP)
	VMOVDQA Y5, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 160(SP)
	VMOVDQA Y6, Y8
	ADD_LANES(Y8, Y13)
	VMOVDQU Y8, 192(SP)
	VMOVDQA Y7, Y12
	ADD_LANES(Y12, Y13)
	VMOVDQU Y12, 224(SP)
	VPAND   Y14, Y12, Y12
	VPXOR   Y12, Y0, Y0
	VPAND   0(SP), Y14, Y8
	VPXOR   Y8, Y1, Y1
	VPXOR   Y12, Y1, Y1
	VPAND   32(SP), Y14, Y8
	VPXOR   Y8, Y2, Y2
	VPAND   64(SP), Y14, Y8
	VPXOR   Y8, Y3, Y3
	VPXOR   Y12, Y3, Y3
	VPAND   96(SP), Y14, Y8
	VPXOR   Y8, Y4, Y4
	VPXOR   Y12, Y4, Y4
	VPAND   128(SP), Y14, Y8
	VPXOR   Y8, Y5, Y5
	VPAND   160(SP), Y14, Y8
	VPXOR   Y8, Y6, Y6
	VPAND   192(SP), Y14, Y8
	VPXOR   Y8, Y7, Y7

	// Once around the ring in each direction.
	VMOVDQU next<>(SB), Y13
	VPERMD  Y0, Y13, Y8
	VMOVDQU Y8, 0(SP)
	VPERMD  Y1, Y13, Y8
	VMOVDQU Y8, 32(SP)
	VPERMD  Y2, Y13, Y8
	VMOVDQU Y8, 64(SP)
	VPERMD  Y3, Y13, Y8
	VMOVDQU Y8, 96(SP)
	VPERMD  Y4, Y13, Y8
	VMOVDQU Y8, 128(SP)
	VPERMD  Y5, Y13, Y8
	VMOVDQU Y8, 160(SP)
	VPERMD  Y6, Y13, Y8
	VMOVDQU Y8, 192(SP)
	VPERMD  Y7, Y13, Y8
	VMOVDQU Y8, 224(SP)
	VMOVDQA Y7, Y12
	VMOVDQA Y6, Y7
	VMOVDQA Y5, Y6
	VMOVDQA Y4, Y5
	VPXOR   Y3, Y12, Y4
	VPXOR   Y2, Y12, Y3
	VMOVDQA Y1, Y2
	VPXOR   Y0, Y12, Y1
	VMOVDQA Y12, Y0
	VPXOR   0(SP), Y0, Y0
	VPXOR   32(SP), Y1, Y1
	VPXOR   64(SP), Y2, Y2
	VPXOR   96(SP), Y3, Y3
	VPXOR   128(SP), Y4, Y4
	VPXOR   160(SP), Y5, Y5
	VPXOR   192(SP), Y6, Y6
	VPXOR   224(SP), Y7, Y7
	VMOVDQU previous<>(SB), Y13
	VPERMD  Y0, Y13, Y8
	VMOVDQU Y8, 0(SP)
	VPERMD  Y1, Y13, Y8
	VMOVDQU Y8, 32(SP)
	VPERMD  Y2, Y13, Y8
	VMOVDQU Y8, 64(SP)
	VPERMD  Y3, Y13, Y8
	VMOVDQU Y8, 96(SP)
	VPERMD  Y4, Y13, Y8
	VMOVDQU Y8, 128(SP)
	VPERMD  Y5, Y13, Y8
	VMOVDQU Y8, 160(SP)
	VPERMD  Y6, Y13, Y8
	VMOVDQU Y8, 192(SP)
	VPERMD  Y7, Y13, Y8
	VMOVDQU Y8, 224(SP)
	VMOVDQA Y7, Y12
	VMOVDQA Y6, Y7
	VMOVDQA Y5, Y6
	VMOVDQA Y4, Y5
	VPXOR   Y3, Y12, Y4
	VPXOR   Y2, Y12, Y3
	VMOVDQA Y1, Y2
	VPXOR   Y0, Y12, Y1
	VMOVDQA Y12, Y0
	VPXOR   0(SP), Y0, Y0
	VPXOR   32(SP), Y1, Y1
	VPXOR   64(SP), Y2, Y2
	VPXOR   96(SP), Y3, Y3
	VPXOR   128(SP), Y4, Y4
	VPXOR   160(SP), Y5, Y5
	VPXOR   192(SP), Y6, Y6
	VPXOR   224(SP), Y7, Y7

	// The message, then the tweak.
	VPXOR   0(SI), Y0, Y0
	VPXOR   32(SI), Y1, Y1
	VPXOR   64(SI), Y2, Y2
	VPXOR   96(SI), Y3, Y3
	VPXOR   128(SI), Y4, Y4
	VPXOR   160(SI), Y5, Y5
	VPXOR   192(SI), Y6, Y6
	VPXOR   224(SI), Y7, Y7
	VMOVDQU turn<>(SB), Y8
	VMOVDQU turnBack<>(SB), Y9
	TURN(Y4)
	TURN(Y5)
	TURN(Y6)
	TURN(Y7)
	VPCMPEQD Y14, Y14, Y14

step:
	SUB_CRUMB(Y0, Y1, Y2, Y3, Y8)
	SUB_CRUMB(Y5, Y6, Y7, Y4, Y9)
	MIX_WORD(Y0, Y4, Y8, Y9)
	MIX_WORD(Y1, Y5, Y10, Y11)
	MIX_WORD(Y2, Y6, Y12, Y13)
	MIX_WORD(Y3, Y7, Y8, Y9)
	VPXOR (DX), Y0, Y0
	VPXOR 32(DX), Y4, Y4
	ADDQ  $64, DX
	DECQ  CX
	JNZ   step

	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VMOVDQU Y4, 128(DI)
	VMOVDQU Y5, 160(DI)
	VMOVDQU Y6, 192(DI)
	VMOVDQU Y7, 224(DI)
	VZEROUPPER
	RET
