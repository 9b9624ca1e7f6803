package main

import "dashmp/node/options"

// page is what a manual page says besides the options.
type page struct {
	name, short string
	// program has the option table; "" takes dash-policy's help.
	program  options.Program
	synopsis []string
	// about are paragraphs.
	about []string
	// files and exit are pairs of what and meaning.
	files, exit [][2]string
	also        []string
}

func pages() []page {
	nodeFiles := [][2]string{
		{"~/.dashcore", "the data directory, unless -datadir names another"},
		{"dash.conf", "the configuration file: one option per line without its dash; [main], [test], [devnet] and [regtest] begin sections for one network"},
		{"debug.log", "the log, in the network directory"},
		{".cookie", "user name and password for RPC of this run, in the network directory, unless -rpcpassword is given"},
		{"settings.json", "settings that RPCs change, in the network directory; not meant for editing"},
	}
	nodeExit := [][2]string{{"0", "an orderly stop"}, {"1", "it could not start, or had to give up; the reason is on standard error and in the log"}}
	return []page{
		{
			name: "dash-node", short: "Dash node whose parts live in separate sandboxed processes", program: options.DashNode,
			synopsis: []string{"[options]"},
			about: []string{
				"dash-node takes the place of Dash Core's dashd: same options, same dash.conf, same data directory, same RPC. It starts one process each for the chain and its peers, for RPC, for wallets and for keys. Each has dropped its privileges with seccomp and Landlock before it answers its first call, and works only with the descriptors that dash-node hands it.",
				"It refuses to start where the kernel cannot confine its processes and says what is missing. dash-policy(1) shows what each process may do; the RPC getisolationinfo shows what is running.",
			},
			files: nodeFiles, exit: nodeExit, also: []string{"dash-cli", "dash-policy", "dashd"},
		},
		{
			name: "dashd", short: "Dash node in one process, without isolation", program: options.Dashd,
			synopsis: []string{"[options]"},
			about: []string{
				"dashd runs the components of dash-node(1) in one process. Nothing in it is isolated: who takes over one part has all of it, keys included.",
			},
			files: nodeFiles, exit: nodeExit, also: []string{"dash-node", "dash-cli"},
		},
		{
			name: "dash-cli", short: "send commands to a Dash node", program: options.DashCLI,
			synopsis: []string{"[options] command [params]", "[options] -named command [name=value]...", "[options] help [command]"},
			about: []string{
				"dash-cli sends one RPC to a running node and prints what it answers. Without a password it uses the cookie file in the node's data directory.",
				"Secrets are better passed with -stdin than on the command line, where other users can see them.",
			},
			files: nodeFiles[:2],
			exit: [][2]string{
				{"0", "success"}, {"1", "an error on this side, or of the connection"},
				{"other", "the absolute value of the RPC's error code, its low eight bits"},
			},
			also: []string{"dash-node", "dashd"},
		},
		{
			name: "dash-tx", short: "make and change transactions offline", program: options.DashTx,
			synopsis: []string{"[options] hex-tx [command...]", "[options] -create [command...]"},
			about: []string{
				"dash-tx makes or changes a transaction by commands, in their order, and prints it in hexadecimal. A dash instead of the transaction reads it from standard input. It needs no node.",
				"To sign, load the register privatekeys from a file: on a command line other users can see the keys.",
			},
			exit: [][2]string{{"0", "success"}, {"1", "an error; the reason is on standard error"}},
			also: []string{"dash-cli"},
		},
		{
			name: "dash-util", short: "find the proof of work for a block header", program: options.DashUtil,
			synopsis: []string{"[options] grind hex-header"},
			about: []string{
				"dash-util grind looks for the nonce with which a block header meets its own target, on all processors, and prints the header with it.",
			},
			exit: [][2]string{{"0", "success"}, {"1", "an error; the reason is on standard error"}},
			also: []string{"dash-cli"},
		},
		{
			name: "dash-policy", short: "show and check what each process of dash-node may do",
			synopsis: []string{"command [argument...] [--option...]"},
			about: []string{
				"dash-policy shows the power of each role of dash-node(1): system calls with their conditions and reasons, descriptors, limits, options and the process graph. It compiles the filters, answers what a role may do and by which rule, and compares what was compiled with what the kernel has.",
			},
			exit: [][2]string{{"0", "success"}, {"other", "an error, or a check that did not hold"}},
			also: []string{"dash-node"},
		},
	}
}
