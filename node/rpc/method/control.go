package method

func control() []Method {
	return []Method{
		debugMethod(),
		loggingMethod(),
		{
			Name: "getisolationinfo", Category: "control", Owner: RPC,
			Desc: "Returns how each process of the node is confined, and who observed it.",
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RElision, Desc: "One entry per process: role, pid, the state of each layer per thread, the digest of its filter, its descriptors by name, limits, restarts and violations"},
			}}},
			Examples: both(),
		},
		getMemoryInfoMethod(),
		{
			Name: "getrpcinfo", Category: "control", Owner: RPC,
			Desc: "Returns what the RPC server is doing.",
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RArr, Key: "active_commands", Desc: "The calls in progress", Inner: []Result{
					{Kind: RObj, Desc: "One call in progress", Inner: []Result{
						{Kind: RStr, Key: "method", Desc: "The name of the method"},
						{Kind: RNum, Key: "duration", Desc: "How long it has been running, in microseconds"},
					}},
				}},
				{Kind: RStr, Key: "logpath", Desc: "The full path of the debug log"},
			}}},
			Examples: both(),
		},
		{
			Name: "help", Category: "control", Owner: RPC,
			Desc: "Lists all methods, or describes one of them.",
			Params: []Param{
				{Name: "command", Type: Str, Hint: "all commands", Desc: "The method to describe"},
				{Name: "subcommand", Type: Str, Hint: "all subcommands", Desc: "The part of a composite method to describe"},
			},
			Results: []Result{{Kind: RStr, Desc: "The help text"}, {Kind: RAny}},
		},
		{
			Name: "stop", Category: "control", Owner: RPC,
			Desc: "Asks for an orderly shutdown of Dash Core.",
			Params: []Param{
				{Name: "wait", Type: Num, Optional: true, Hidden: true, Desc: "How long to wait before answering, in milliseconds"},
			},
			Results: []Result{{Kind: RStr, Desc: "The text 'Dash Core stopping'"}},
		},
		{
			Name: "uptime", Category: "control", Owner: RPC,
			Desc:     "Returns how long the server has been running.",
			Results:  []Result{{Kind: RNum, Desc: "Seconds since the start"}},
			Examples: both(),
		},
	}
}

func getMemoryInfoMethod() Method {
	return Method{
		Name: "getmemoryinfo", Category: "control", Owner: Signer,
		Desc: "Tells of the memory that holds secrets. It is in the signer's process.",
		Params: []Param{{Name: "mode", Type: Str, Default: `"stats"`,
			Desc: "What to tell: \"stats\" is the use of the locked memory; \"mallocinfo\" is not available here"}},
		Results: []Result{{Kind: RObj, Inner: []Result{{Kind: RObj, Key: "locked", Desc: "The locked memory", Inner: []Result{
			{Kind: RNum, Key: "used", Desc: "Bytes in use"},
			{Kind: RNum, Key: "free", Desc: "Bytes that may still be locked"},
			{Kind: RNum, Key: "total", Desc: "Bytes that may be locked"},
			{Kind: RNum, Key: "locked", Desc: "Bytes that are locked"},
			{Kind: RNum, Key: "chunks_used", Desc: "The number of secrets, one in reserve included"},
			{Kind: RNum, Key: "chunks_free", Desc: "The number of pages that may still be locked"},
		}}}}},
		Examples: both(),
	}
}
