package script

// ErrorKind is a reason why a script failed; its text is what Dash Core's
// ScriptErrorString says (src/script/script_error.cpp).
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

// The reasons, in Dash Core's order.
const (
	ErrUnknown                  ErrorKind = "unknown error"
	ErrEvalFalse                ErrorKind = "Script evaluated without error but finished with a false/empty top stack element"
	ErrOpReturn                 ErrorKind = "OP_RETURN was encountered"
	ErrScriptSize               ErrorKind = "Script is too big"
	ErrPushSize                 ErrorKind = "Push value size limit exceeded"
	ErrOpCount                  ErrorKind = "Operation limit exceeded"
	ErrStackSize                ErrorKind = "Stack size limit exceeded"
	ErrSigCount                 ErrorKind = "Signature count negative or greater than pubkey count"
	ErrPubkeyCount              ErrorKind = "Pubkey count negative or limit exceeded"
	ErrVerify                   ErrorKind = "Script failed an OP_VERIFY operation"
	ErrEqualVerify              ErrorKind = "Script failed an OP_EQUALVERIFY operation"
	ErrCheckMultisigVerify      ErrorKind = "Script failed an OP_CHECKMULTISIGVERIFY operation"
	ErrCheckSigVerify           ErrorKind = "Script failed an OP_CHECKSIGVERIFY operation"
	ErrCheckDataSigVerify       ErrorKind = "Script failed an OP_CHECKDATASIGVERIFY operation"
	ErrNumEqualVerify           ErrorKind = "Script failed an OP_NUMEQUALVERIFY operation"
	ErrBadOpcode                ErrorKind = "Opcode missing or not understood"
	ErrDisabledOpcode           ErrorKind = "Attempted to use a disabled opcode"
	ErrInvalidStackOperation    ErrorKind = "Operation not valid with the current stack size"
	ErrInvalidAltstackOperation ErrorKind = "Operation not valid with the current altstack size"
	ErrUnbalancedConditional    ErrorKind = "Invalid OP_IF construction"
	ErrInvalidSplitRange        ErrorKind = "Invalid OP_SPLIT range"
	ErrInvalidOperandSize       ErrorKind = "Invalid operand size"
	ErrInvalidNumberRange       ErrorKind = "Given operand is not a number within the valid range [-2^31...2^31]"
	ErrImpossibleEncoding       ErrorKind = "The requested encoding is impossible to satisfy"
	ErrDivByZero                ErrorKind = "Division by zero error"
	ErrModByZero                ErrorKind = "Modulo by zero error"
	ErrNegativeLocktime         ErrorKind = "Negative locktime"
	ErrUnsatisfiedLocktime      ErrorKind = "Locktime requirement not satisfied"
	ErrSigHashType              ErrorKind = "Signature hash type missing or not understood"
	ErrSigDER                   ErrorKind = "Non-canonical DER signature"
	ErrMinimalData              ErrorKind = "Data push larger than necessary"
	ErrSigPushOnly              ErrorKind = "Only push operators allowed in signatures"
	ErrSigHighS                 ErrorKind = "Non-canonical signature: S value is unnecessarily high"
	ErrSigNullDummy             ErrorKind = "Dummy CHECKMULTISIG argument must be zero"
	ErrPubkeyType               ErrorKind = "Public key is neither compressed or uncompressed"
	ErrCleanStack               ErrorKind = "Stack size must be exactly one after execution"
	ErrSigNullFail              ErrorKind = "Signature must be zero for failed CHECK(MULTI)SIG operation"
	ErrDiscourageUpgradableNops ErrorKind = "NOPx reserved for soft-fork upgrades"
	ErrOpCodeseparator          ErrorKind = "Using OP_CODESEPARATOR"
	ErrSigFindAndDelete         ErrorKind = "Signature is found in scriptCode"
)
