package script

import "fmt"

// Opcode is the first byte of an instruction. 0x01 to 0x4b push that many bytes.
type Opcode byte

// The opcodes of Dash Core's src/script/script.h.
const (
	Op0                   Opcode = 0x00
	OpPushData1           Opcode = 0x4c
	OpPushData2           Opcode = 0x4d
	OpPushData4           Opcode = 0x4e
	Op1Negate             Opcode = 0x4f
	OpReserved            Opcode = 0x50
	Op1                   Opcode = 0x51
	Op16                  Opcode = 0x60
	OpNop                 Opcode = 0x61
	OpVer                 Opcode = 0x62
	OpIf                  Opcode = 0x63
	OpNotIf               Opcode = 0x64
	OpVerIf               Opcode = 0x65
	OpVerNotIf            Opcode = 0x66
	OpElse                Opcode = 0x67
	OpEndIf               Opcode = 0x68
	OpVerify              Opcode = 0x69
	OpReturn              Opcode = 0x6a
	OpToAltStack          Opcode = 0x6b
	OpFromAltStack        Opcode = 0x6c
	Op2Drop               Opcode = 0x6d
	Op2Dup                Opcode = 0x6e
	Op3Dup                Opcode = 0x6f
	Op2Over               Opcode = 0x70
	Op2Rot                Opcode = 0x71
	Op2Swap               Opcode = 0x72
	OpIfDup               Opcode = 0x73
	OpDepth               Opcode = 0x74
	OpDrop                Opcode = 0x75
	OpDup                 Opcode = 0x76
	OpNip                 Opcode = 0x77
	OpOver                Opcode = 0x78
	OpPick                Opcode = 0x79
	OpRoll                Opcode = 0x7a
	OpRot                 Opcode = 0x7b
	OpSwap                Opcode = 0x7c
	OpTuck                Opcode = 0x7d
	OpCat                 Opcode = 0x7e
	OpSplit               Opcode = 0x7f
	OpNum2Bin             Opcode = 0x80
	OpBin2Num             Opcode = 0x81
	OpSize                Opcode = 0x82
	OpInvert              Opcode = 0x83
	OpAnd                 Opcode = 0x84
	OpOr                  Opcode = 0x85
	OpXor                 Opcode = 0x86
	OpEqual               Opcode = 0x87
	OpEqualVerify         Opcode = 0x88
	OpReserved1           Opcode = 0x89
	OpReserved2           Opcode = 0x8a
	Op1Add                Opcode = 0x8b
	Op1Sub                Opcode = 0x8c
	Op2Mul                Opcode = 0x8d
	Op2Div                Opcode = 0x8e
	OpNegate              Opcode = 0x8f
	OpAbs                 Opcode = 0x90
	OpNot                 Opcode = 0x91
	Op0NotEqual           Opcode = 0x92
	OpAdd                 Opcode = 0x93
	OpSub                 Opcode = 0x94
	OpMul                 Opcode = 0x95
	OpDiv                 Opcode = 0x96
	OpMod                 Opcode = 0x97
	OpLShift              Opcode = 0x98
	OpRShift              Opcode = 0x99
	OpBoolAnd             Opcode = 0x9a
	OpBoolOr              Opcode = 0x9b
	OpNumEqual            Opcode = 0x9c
	OpNumEqualVerify      Opcode = 0x9d
	OpNumNotEqual         Opcode = 0x9e
	OpLessThan            Opcode = 0x9f
	OpGreaterThan         Opcode = 0xa0
	OpLessThanOrEqual     Opcode = 0xa1
	OpGreaterThanOrEqual  Opcode = 0xa2
	OpMin                 Opcode = 0xa3
	OpMax                 Opcode = 0xa4
	OpWithin              Opcode = 0xa5
	OpRipemd160           Opcode = 0xa6
	OpSha1                Opcode = 0xa7
	OpSha256              Opcode = 0xa8
	OpHash160             Opcode = 0xa9
	OpHash256             Opcode = 0xaa
	OpCodeseparator       Opcode = 0xab
	OpCheckSig            Opcode = 0xac
	OpCheckSigVerify      Opcode = 0xad
	OpCheckMultisig       Opcode = 0xae
	OpCheckMultisigVerify Opcode = 0xaf
	OpNop1                Opcode = 0xb0
	OpCheckLockTimeVerify Opcode = 0xb1
	OpCheckSequenceVerify Opcode = 0xb2
	OpNop10               Opcode = 0xb9
	OpCheckDataSig        Opcode = 0xba
	OpCheckDataSigVerify  Opcode = 0xbb
	OpInvalid             Opcode = 0xff
)

// names holds what Dash Core's GetOpName prints for the opcodes from OpNop on.
var names = [...]string{
	"OP_NOP", "OP_VER", "OP_IF", "OP_NOTIF", "OP_VERIF", "OP_VERNOTIF", "OP_ELSE", "OP_ENDIF", "OP_VERIFY", "OP_RETURN",
	"OP_TOALTSTACK", "OP_FROMALTSTACK", "OP_2DROP", "OP_2DUP", "OP_3DUP", "OP_2OVER", "OP_2ROT", "OP_2SWAP", "OP_IFDUP",
	"OP_DEPTH", "OP_DROP", "OP_DUP", "OP_NIP", "OP_OVER", "OP_PICK", "OP_ROLL", "OP_ROT", "OP_SWAP", "OP_TUCK", "OP_CAT",
	"OP_SPLIT", "OP_NUM2BIN", "OP_BIN2NUM", "OP_SIZE", "OP_INVERT", "OP_AND", "OP_OR", "OP_XOR", "OP_EQUAL", "OP_EQUALVERIFY",
	"OP_RESERVED1", "OP_RESERVED2", "OP_1ADD", "OP_1SUB", "OP_2MUL", "OP_2DIV", "OP_NEGATE", "OP_ABS", "OP_NOT",
	"OP_0NOTEQUAL", "OP_ADD", "OP_SUB", "OP_MUL", "OP_DIV", "OP_MOD", "OP_LSHIFT", "OP_RSHIFT", "OP_BOOLAND", "OP_BOOLOR",
	"OP_NUMEQUAL", "OP_NUMEQUALVERIFY", "OP_NUMNOTEQUAL", "OP_LESSTHAN", "OP_GREATERTHAN", "OP_LESSTHANOREQUAL",
	"OP_GREATERTHANOREQUAL", "OP_MIN", "OP_MAX", "OP_WITHIN", "OP_RIPEMD160", "OP_SHA1", "OP_SHA256", "OP_HASH160",
	"OP_HASH256", "OP_CODESEPARATOR", "OP_CHECKSIG", "OP_CHECKSIGVERIFY", "OP_CHECKMULTISIG", "OP_CHECKMULTISIGVERIFY",
	"OP_NOP1", "OP_CHECKLOCKTIMEVERIFY", "OP_CHECKSEQUENCEVERIFY", "OP_NOP4", "OP_NOP5", "OP_NOP6", "OP_NOP7", "OP_NOP8",
	"OP_NOP9", "OP_NOP10", "OP_CHECKDATASIG", "OP_CHECKDATASIGVERIFY",
}

// String is what Dash Core prints for o; a push of data has no name of its own.
func (o Opcode) String() string {
	switch {
	case o == Op0:
		return "0"
	case o == OpPushData1:
		return "OP_PUSHDATA1"
	case o == OpPushData2:
		return "OP_PUSHDATA2"
	case o == OpPushData4:
		return "OP_PUSHDATA4"
	case o == Op1Negate:
		return "-1"
	case o == OpReserved:
		return "OP_RESERVED"
	case o >= Op1 && o <= Op16:
		return fmt.Sprint(int(o-Op1) + 1)
	case o >= OpNop && int(o-OpNop) < len(names):
		return names[o-OpNop]
	case o == OpInvalid:
		return "OP_INVALIDOPCODE"
	}
	return "OP_UNKNOWN"
}

// disabled reports whether o fails a script by merely standing in it
// (CVE-2010-5137; DIP20 brought the others of that list back).
func (o Opcode) disabled() bool {
	switch o {
	case OpInvert, Op2Mul, Op2Div, OpMul, OpLShift, OpRShift:
		return true
	}
	return false
}
