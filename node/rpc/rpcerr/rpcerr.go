// Package rpcerr holds the error codes of Dash Core's JSON-RPC interface
// (src/rpc/protocol.h) and an error that carries one. It is a leaf that every
// role which executes RPCs may import: no state, no imports but fmt.
package rpcerr

import "fmt"

// Code is a JSON-RPC error code. 0 is no error.
type Code int32

// Codes of the JSON-RPC protocol itself.
const (
	InvalidRequest Code = -32600 // not a request object; HTTP 400
	MethodNotFound Code = -32601 // HTTP 404
	InvalidParams  Code = -32602
	Internal       Code = -32603 // a bug or damaged data of ours
	Parse          Code = -32700 // not JSON
)

// Codes of Dash Core.
const (
	Misc                Code = -1 // also the help text for a wrong number of arguments
	Type                Code = -3 // wrong JSON type
	Wallet              Code = -4
	InvalidAddressOrKey Code = -5 // also an unknown block or transaction
	InsufficientFunds   Code = -6
	OutOfMemory         Code = -7
	InvalidParameter    Code = -8
	NotConnected        Code = -9
	InitialDownload     Code = -10
	InvalidLabel        Code = -11
	KeypoolRanOut       Code = -12
	UnlockNeeded        Code = -13
	PassphraseIncorrect Code = -14
	WrongEncState       Code = -15
	EncryptionFailed    Code = -16
	AlreadyUnlocked     Code = -17
	WalletNotFound      Code = -18
	WalletNotSpecified  Code = -19
	Database            Code = -20
	Deserialization     Code = -22
	NodeAlreadyAdded    Code = -23
	NodeNotAdded        Code = -24
	Verify              Code = -25
	VerifyRejected      Code = -26
	VerifyAlreadyIn     Code = -27
	InWarmup            Code = -28
	NodeNotConnected    Code = -29
	InvalidSubnet       Code = -30
	P2PDisabled         Code = -31
	MethodDeprecated    Code = -32
	MempoolDisabled     Code = -33
	NodeCapacity        Code = -34
	WalletAlreadyLoaded Code = -35
	WalletAlreadyExists Code = -36
)

// Error is what a JSON-RPC caller sees of a failure.
type Error struct {
	Code    Code
	Message string // never holds a secret
}

// Error returns the message with its code.
func (e *Error) Error() string { return fmt.Sprintf("%s (code %d)", e.Message, e.Code) }

// Errorf returns an *Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
