package policy

// Role names one kind of sandboxed process.
type Role string

// The roles. Supervisor is no sandboxed role: it has no Spec and appears only
// as an end of edges in the process graph.
const (
	Core       Role = "core"
	RPC        Role = "rpc"
	Wallet     Role = "wallet"
	Signer     Role = "signer"
	Echo       Role = "echo"
	Supervisor Role = "supervisor"
)

// Mode is the default action of a compiled program.
type Mode string

const (
	// Enforce kills the process at the first call that no rule allows.
	Enforce Mode = "enforce"
	// Trace raises SIGSYS instead, so that the Go runtime prints the stack.
	Trace Mode = "trace"
)

// Spec is all the power of one role.
type Spec struct {
	Role Role `json:"role"`
	// Program is the file name of the role's program, beside dash-node or in
	// its libexec directory.
	Program string `json:"program"`
	// Purpose is one line for people.
	Purpose string `json:"purpose"`
	// Parts are the system calls, by the need that brings them.
	Parts    []Part   `json:"parts"`
	Landlock Landlock `json:"landlock"`
	Limits   []Limit  `json:"limits"`
	// Boot lists the descriptors of the grant; the process holds exactly these
	// (and the fixed ones: 0, 1, 2 and its IPC socket, which are listed too)
	// when it enters the sandbox.
	Boot []FDClass `json:"boot"`
	// Dynamic lists what may arrive or be created later.
	Dynamic []FDClass `json:"dynamic"`
	// Options are the only options of the configuration that the role is told.
	Options []Option `json:"options"`
	// MayCall are the roles whose objects this role may hold, from Graph.
	MayCall []Role `json:"may_call"`
}

// Part is a reviewed group of rules that is needed for one purpose.
type Part struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Rules  []Rule `json:"rules"`
}

// Rule allows one system call, or answers it with an errno, if all conditions
// hold. Several rules for one call are alternatives.
type Rule struct {
	// Syscall is the kernel's name of the call on amd64 and arm64.
	Syscall string `json:"syscall"`
	// Args are conditions on the raw 64-bit arguments; all must hold. At most
	// one condition per argument.
	Args []Cond `json:"args,omitempty"`
	// Errno is what the call is answered with, 0 to let it through.
	Errno int `json:"errno,omitempty"`
	// Arch restricts the rule to one GOARCH, "" means all.
	Arch string `json:"arch,omitempty"`
	// Reason names who makes the call and why.
	Reason string `json:"reason"`
}

// Op compares an argument.
type Op string

const (
	// Eq holds if the full 64-bit argument equals Value.
	Eq Op = "=="
	// MaskedEq holds if argument & Mask equals Value.
	MaskedEq Op = "&=="
	// LE holds if the full 64-bit unsigned argument is at most Value.
	LE Op = "<="
)

// Cond is a condition on one argument of a call.
type Cond struct {
	// Arg is the index of the argument, 0 to 5.
	Arg uint
	Op  Op
	// Value is compared with; ignored if Pid is set.
	Value uint64
	// Mask is used by MaskedEq only.
	Mask uint64
	// Pid means that the value is the process's own pid (Op must be Eq).
	Pid bool
	// Name is Value for people ("SIGURG", "SOL_SOCKET"), may be empty.
	Name string
}

// Limit is one resource limit, set by the supervisor before exec.
type Limit struct {
	// Name is the kernel's name without RLIMIT_: "CORE".
	Name string `json:"name"`
	// Resource is the number, the same on amd64 and arm64.
	Resource int `json:"resource"`
	// Soft and Hard are in the unit of the resource.
	Soft   uint64 `json:"soft"`
	Hard   uint64 `json:"hard"`
	Reason string `json:"reason"`
}

// FDKind is the type of a descriptor as fstat and getsockopt show it.
type FDKind string

// The kinds of descriptors.
const (
	KindNull          FDKind = "null"           // the character device 1:3
	KindPipe          FDKind = "pipe"           // a FIFO without a name
	KindRegular       FDKind = "regular"        // a regular file
	KindUnixStream    FDKind = "unix-stream"    // a connected AF_UNIX SOCK_STREAM pair
	KindUnixSeqpacket FDKind = "unix-seqpacket" // a connected AF_UNIX SOCK_SEQPACKET pair
	KindTCPListener   FDKind = "tcp-listener"   // AF_INET(6) SOCK_STREAM with SO_ACCEPTCONN
	KindTCPStream     FDKind = "tcp-stream"     // AF_INET(6) SOCK_STREAM, connected
	KindSecretMem     FDKind = "secretmem"      // memfd_secret, or a memfd sealed against resizing and exec
	KindMemfd         FDKind = "memfd"          // a memfd sealed against resizing
	KindEpoll         FDKind = "epoll"          // the Go runtime's poller
	KindEventfd       FDKind = "eventfd"        // the Go runtime's wake-up
	KindCgroup        FDKind = "cgroup"         // a cgroup limit file the Go runtime watches
)

// AccessMode is the access mode of a descriptor's open file description.
type AccessMode string

// The access modes; sockets are always read-write.
const (
	ReadOnly  AccessMode = "r"
	WriteOnly AccessMode = "w"
	ReadWrite AccessMode = "rw"
)

// FDClass is a boot entry or a dynamic class of descriptors.
type FDClass struct {
	// Name is what the grant, the logs and getisolationinfo call it.
	Name   string     `json:"name"`
	Kind   FDKind     `json:"kind"`
	Access AccessMode `json:"access"`
	// Min and Max bound how many may be held. A boot entry with Max 1 is named
	// Name in the grant, one with a larger Max is named "Name/0", "Name/1"…
	Min int `json:"min"`
	Max int `json:"max"`
	// Seals are the F_SEAL_ bits that a memfd must have at least.
	Seals uint32 `json:"seals,omitempty"`
	// Source says where it comes from: "exec", "grant", "runtime",
	// "broker:VERB", "accept:CLASS", "argument:Interface.method",
	// "supervisor:Role.connect" or "self:CALL".
	Source string `json:"source"`
	Reason string `json:"reason"`
}

// Option is an option of the configuration that a role is told.
type Option struct {
	// Name is the option without the leading dash.
	Name string `json:"name"`
	// Secret means that the value never travels in clear: the role receives a
	// descriptor of secret memory, named "option/NAME".
	Secret bool   `json:"secret,omitempty"`
	Reason string `json:"reason"`
}

// Edge is one permitted direction of calls in the process graph.
type Edge struct {
	From Role `json:"from"`
	To   Role `json:"to"`
	// Interfaces are those of To's objects that From may hold.
	Interfaces []string `json:"interfaces"`
	// Callbacks are the interfaces that To may call back on From's objects
	// passed over this connection.
	Callbacks []string `json:"callbacks,omitempty"`
	Reason    string   `json:"reason"`
}

// LandlockRight is one access right or scope of Landlock.
type LandlockRight struct {
	// Name is the kernel's name without LANDLOCK_ACCESS_ or LANDLOCK_.
	Name string `json:"name"`
	// Bit is its value in handled_access_fs, handled_access_net or scoped.
	Bit uint64 `json:"bit"`
	// ABI is the first version of the kernel's interface that has it.
	ABI int `json:"abi"`
}

// Landlock is a ruleset: what is handled and, since there are no exceptions
// for any role, thereby denied.
type Landlock struct {
	FS     []LandlockRight `json:"fs"`
	Net    []LandlockRight `json:"net"`
	Scoped []LandlockRight `json:"scoped"`
	Reason string          `json:"reason"`
}

// ForABI returns the three masks for a kernel with the given ABI version.
func (l Landlock) ForABI(abi int) (fs, net, scoped uint64) {
	return mask(l.FS, abi), mask(l.Net, abi), mask(l.Scoped, abi)
}

// Missing returns the names of the rights that a kernel with the given ABI
// version does not handle; seccomp alone has to close these.
func (l Landlock) Missing(abi int) []string {
	var names []string
	for _, set := range [][]LandlockRight{l.FS, l.Net, l.Scoped} {
		for _, r := range set {
			if r.ABI > abi {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

func mask(rights []LandlockRight, abi int) uint64 {
	var m uint64
	for _, r := range rights {
		if r.ABI <= abi {
			m |= r.Bit
		}
	}
	return m
}
