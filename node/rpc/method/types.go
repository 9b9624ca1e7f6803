package method

import (
	"strings"
	"time"
)

// Owner is the role that executes a method.
type Owner uint8

// The owners.
const (
	RPC Owner = iota
	Core
	Wallet
	Signer
)

// String returns the role's name as in package policy.
func (o Owner) String() string { return [...]string{"rpc", "core", "wallet", "signer"}[o] }

// Type is the JSON type of a parameter (RPCArg::Type).
type Type uint8

// Types of parameters.
const (
	Str Type = iota
	Hex
	Num
	Bool
	Amount  // number or decimal string, in DASH
	Range   // number or pair of numbers
	Arr     // its elements are Inner
	Obj     // its keys are Inner
	ObjKeys // an object whose keys the caller chooses; Inner is an example of one
)

// CLIForm says how dash-cli reads a parameter from its command line.
type CLIForm uint8

// Forms on the command line.
const (
	ByType        CLIForm = iota // strings as they are, everything else as JSON
	AlwaysJSON                   // as JSON although the type is a string
	JSONIfBracket                // as JSON only if it looks like an array or object
)

// Param is one parameter, or one part of a parameter.
type Param struct {
	// Name is the name for named arguments. Further names follow after "|".
	Name string
	Type Type
	// Desc says what it is, without a full stop where a phrase will do.
	Desc string
	// Optional is set for a parameter that may be left out and has no default.
	Optional bool
	// Default is the JSON of the value that stands for a missing parameter.
	Default string
	// Hint is the default in words.
	Hint string
	// Usage is how it looks on the usage line, "" for what follows from Type.
	Usage string
	// Hidden parameters are accepted and not shown.
	Hidden bool
	// Secret marks a string that leaves the rpc role only as a handle.
	Secret bool
	// Packed marks an array of secrets that travel together, several in one.
	Packed bool
	// NewFile marks a string that names a file to be created; its owner gets a
	// handle.
	NewFile bool
	// Values are what a string may be; with any other the answer is the help
	// text, as in Dash Core. Empty for no such rule.
	Values []string
	// CLI is the form on dash-cli's command line.
	CLI CLIForm
	// Inner are elements of an array or members of an object.
	Inner []Param
}

// Names returns all names by which the parameter can be given.
func (p *Param) Names() []string { return strings.Split(p.Name, "|") }

// First returns the name that is shown.
func (p *Param) First() string {
	first, _, _ := strings.Cut(p.Name, "|")
	return first
}

// IsOptional reports whether the parameter may be left out.
func (p *Param) IsOptional() bool { return p.Optional || p.Default != "" || p.Hint != "" }

// HasSecret reports whether the parameter or a part of it is a secret.
func (p *Param) HasSecret() bool {
	if p.Secret {
		return true
	}
	for i := range p.Inner {
		if p.Inner[i].HasSecret() {
			return true
		}
	}
	return false
}

// Kind is the JSON type of a result (RPCResult::Type).
type Kind uint8

// Kinds of results.
const (
	RStr Kind = iota
	RHex
	RNum
	RTime   // seconds since the epoch
	RAmount // number with eight decimals, in DASH
	RBool
	RNull
	RArr
	RFixed // array with a fixed number of elements
	RObj
	RDyn     // object with keys that are no literals
	RElision // "…", described by Desc
	RAny     // not documented
)

// Result is one form of a method's result, or a part of it.
type Result struct {
	// Cond says when this form is returned, "" if always.
	Cond string
	Kind Kind
	// Key is the key in the object that holds it.
	Key      string
	Desc     string
	Optional bool
	// Secret marks a string that its owner names by a handle, "export:N", and
	// that only the rpc role sees.
	Secret bool
	Inner  []Result
}

// HasSecret reports whether the result or a part of it is a secret.
func (r *Result) HasSecret() bool {
	if r.Secret {
		return true
	}
	for i := range r.Inner {
		if r.Inner[i].HasSecret() {
			return true
		}
	}
	return false
}

// ExampleKind is the form of an example.
type ExampleKind uint8

// Forms of examples.
const (
	ExCLI       ExampleKind = iota // dash-cli with positional arguments
	ExCLINamed                     // dash-cli with name=value arguments
	ExCurl                         // curl with an array of parameters
	ExCurlNamed                    // curl with an object of parameters
	ExText                         // a line of text
)

// Example is one example of a call.
type Example struct {
	Kind ExampleKind
	// Args are the arguments as the form has them, or the text.
	Args string
	// Method is the method that is called, "" for the row's own.
	Method string
}

// Method is one row of the table.
type Method struct {
	// Name is what clients call; a composite command is "command subcommand".
	Name string
	// Category groups methods in the help; "hidden" is not listed.
	Category string
	Owner    Owner
	// Desc is what the method does; lines are broken where it has "\n".
	Desc     string
	Params   []Param
	Results  []Result
	Examples []Example
	// Timeout is how long its owner may take, 0 for the server's default.
	Timeout time.Duration
	// First is a call that is made before, nil for none.
	First *First
	// NamesPeer: parameter 0 is a peer that the operator names, and to which the
	// supervisor therefore lets the core connect.
	NamesPeer bool
}

// First is a call to another role that is made before a method's own, if the
// parameter that it is about is given. It lets a role do its part without
// knowing the other: the core learns scripts instead of descriptors, the signer
// outputs instead of a chain.
type First struct {
	Owner Owner
	// Method is a method of that role's that clients cannot call.
	Method string
	// Param is the index of the parameter that it gets, and no other.
	Param int
	// Into is the index at which the owner gets its result: in place of the
	// parameter there, or behind the last.
	Into int
}

// Hidden is the category of methods that help does not list.
const Hidden = "hidden"

// HasSecret reports whether a parameter of the method is or holds a secret.
func (m *Method) HasSecret() bool {
	for i := range m.Params {
		if m.Params[i].HasSecret() {
			return true
		}
	}
	return false
}

// Spender is the method that uses up the secrets of a call: the one that the
// signer answers first, or this one.
func (m *Method) Spender() string {
	if m.First != nil && m.First.Owner == Signer {
		return m.First.Method
	}
	return m.Name
}

// HasSecretResult reports whether a result of the method is or holds a secret.
func (m *Method) HasSecretResult() bool {
	for i := range m.Results {
		if m.Results[i].HasSecret() {
			return true
		}
	}
	return false
}

// Required returns the least number of arguments
// (RPCHelpMan::IsValidNumArgs).
func (m *Method) Required() int {
	for n := len(m.Params); n > 0; n-- {
		if !m.Params[n-1].IsOptional() {
			return n
		}
	}
	return 0
}

func cli(args string) Example                    { return Example{Kind: ExCLI, Args: args} }
func curl(args string) Example                   { return Example{Kind: ExCurl, Args: args} }
func example(kind ExampleKind, s string) Example { return Example{Kind: kind, Args: s} }

// both shows a call without arguments in both forms.
func both() []Example { return []Example{cli(""), curl("")} }
