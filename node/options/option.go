package options

// Program is a program whose command line this package knows.
type Program string

// The programs. DashNode and Dashd share one table.
const (
	DashNode   Program = "dash-node"
	Dashd      Program = "dashd"
	DashCLI    Program = "dash-cli"
	DashTx     Program = "dash-tx"
	DashUtil   Program = "dash-util"
	DashWallet Program = "dash-wallet" // the offline tool, not the role
)

// isNode reports whether p runs a node: it reads settings.json and takes part
// in parameter interactions.
func (p Program) isNode() bool { return p == DashNode || p == Dashd }

// readsConf reports whether p reads dash.conf.
func (p Program) readsConf() bool { return p.isNode() || p == DashCLI }

// Flags qualify an option.
type Flags uint8

const (
	// DebugOnly options are shown by -help-debug only.
	DebugOnly Flags = 1 << iota
	// NetworkOnly options count in the top part of dash.conf on main only.
	NetworkOnly
	// Sensitive values are masked wherever they are shown.
	Sensitive
	// NeedsValue options are an error without "=value".
	NeedsValue
	// NoNegation options cannot be written as -nofoo.
	NoNegation
	// Command rows are words without a dash (dash-tx, dash-util, dash-wallet).
	Command
	// Register rows are dash-tx's register commands.
	Register
)

// Support says what this build does with an option.
type Support uint8

const (
	// Works means that the option has its effect.
	Works Support = iota
	// Harmless means that the option has no effect yet, that nothing surprising
	// follows from that, and that the log says so when it is given.
	Harmless
	// Later means that giving it a value other than off is an error.
	Later
)

// Option is one row of the table.
type Option struct {
	// Name is the option without its dash.
	Name string
	// Param is the placeholder with its equals sign, "" if there is none.
	Param string
	// Category is the heading in the help.
	Category Category
	// Default is the value that counts when nothing is given, in the form in
	// which it would be given; "" is none. Four values separated by | are for
	// main, test, devnet and regtest.
	Default string
	// Note replaces Default in the help where the default depends on more.
	Note string
	// Help is one or two sentences.
	Help string
	// Flags qualify the option.
	Flags Flags
	// Support is what this build does with it.
	Support Support
}

// Has reports whether all of f are set.
func (o *Option) Has(f Flags) bool { return o.Flags&f == f }

// Category is a heading of the help. The order is that of Dash Core's
// OptionsCategory, which is the order in which the help lists them.
type Category uint8

// The headings.
const (
	General Category = iota
	Connection
	Indexing
	Masternode
	Statsd
	Wallet
	WalletFee
	WalletHD
	CoinJoin
	WalletDebug
	ZMQ
	Debug
	ChainSelection
	NodeRelay
	BlockCreation
	RPC
	Isolation
	Commands
	RegisterCommands
	Hidden
)

// Title returns the heading as the help prints it.
func (c Category) Title() string {
	switch c {
	case General:
		return "Options:"
	case Connection:
		return "Connection options:"
	case Indexing:
		return "Indexing options:"
	case Masternode:
		return "Masternode options:"
	case Statsd:
		return "Statsd options:"
	case Wallet:
		return "Wallet options:"
	case WalletFee:
		return "Wallet fee options:"
	case WalletHD:
		return "HD wallet options:"
	case CoinJoin:
		return "CoinJoin options:"
	case WalletDebug:
		return "Wallet debugging/testing options:"
	case ZMQ:
		return "ZeroMQ notification options:"
	case Debug:
		return "Debugging/Testing options:"
	case ChainSelection:
		return "Chain selection options:"
	case NodeRelay:
		return "Node relay options:"
	case BlockCreation:
		return "Block creation options:"
	case RPC:
		return "RPC server options:"
	case Isolation:
		return "Isolation and IPC options:"
	case Commands:
		return "Commands:"
	case RegisterCommands:
		return "Register Commands:"
	}
	return ""
}

// table is the set of options of one program.
type table struct {
	rows   []Option
	byName map[string]*Option
	// anyCommand is set for programs that take words which are not in the
	// table (Dash Core: m_accept_any_command).
	anyCommand bool
}

// Table returns the rows of a program, in the order of the source; hidden rows
// are included. The caller may change the slice.
func Table(p Program) []Option {
	switch p {
	case DashNode, Dashd:
		return join(nodeGeneral(), nodeConnection(), nodeIndexing(), nodeMasternode(),
			nodeDebug(), nodeRelay(), nodeRPC(), nodeIsolation(), walletOptions(), zmqOptions(),
			chainParamOptions(), chainOptions(), nodeHidden())
	case DashCLI:
		return join(cliOptions(), chainOptions(), helpAliases())
	case DashTx:
		return join(txOptions(), chainOptions(), helpAliases())
	case DashUtil:
		return join(utilOptions(), chainOptions(), helpAliases())
	case DashWallet:
		return join(walletToolOptions(), chainOptions(), helpAliases())
	}
	return nil
}

func join(parts ...[]Option) []Option {
	var all []Option
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func newTable(p Program) *table {
	t := &table{rows: Table(p), byName: map[string]*Option{}, anyCommand: true}
	for i := range t.rows {
		o := &t.rows[i]
		if _, twice := t.byName[o.Name]; twice {
			panic("options: " + string(p) + " has -" + o.Name + " twice")
		}
		t.byName[o.Name] = o
		if o.Has(Command) && p != DashTx {
			t.anyCommand = false
		}
	}
	return t
}

// option returns the row of a dashed option.
func (t *table) option(name string) (*Option, bool) {
	o, ok := t.byName[name]
	if !ok || o.Flags&(Command|Register) != 0 {
		return nil, false
	}
	return o, true
}

// command reports whether word is a registered command.
func (t *table) command(word string) bool {
	o, ok := t.byName[word]
	return ok && o.Flags&(Command|Register) != 0
}
