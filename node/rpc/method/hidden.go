package method

import "strconv"

func hidden() []Method {
	return []Method{
		setMockTimeMethod(),
		{
			Name: "mockscheduler", Category: Hidden, Owner: Core,
			Desc:    "Brings what the node does periodically closer (-regtest only).",
			Params:  []Param{{Name: "delta_time", Type: Num, Desc: "By how many seconds, at most 3600"}},
			Results: []Result{{Kind: RNull}},
		},
		{
			Name: "echo", Category: Hidden, Owner: RPC,
			Desc: "Answers with its arguments. For tests.\n\n" +
				"With arg9='trigger_internal_bug' it answers with the report of an internal bug.\n\n" +
				"It differs from echojson only in how dash-cli reads the arguments.",
			Params:  echoParams(ByType),
			Results: []Result{{Kind: RAny, Desc: "The arguments"}},
		},
		{
			Name: "echojson", Category: Hidden, Owner: RPC,
			Desc: "Answers with its arguments. For tests.\n\n" +
				"It differs from echo only in that dash-cli reads the arguments as JSON.",
			Params:  echoParams(AlwaysJSON),
			Results: []Result{{Kind: RAny, Desc: "The arguments"}},
		},
		{
			Name: "echoipc", Category: Hidden, Owner: RPC,
			Desc: "Answers with its argument, passed through a fresh sandboxed process. For tests.",
			Params: []Param{
				{Name: "arg", Type: Str, Desc: "The text to echo"},
			},
			Results:  []Result{{Kind: RStr, Desc: "The text that came back"}},
			Examples: []Example{cli(`"Hello world"`), curl(`"Hello world"`)},
		},
	}
}

func echoParams(form CLIForm) []Param {
	out := make([]Param, 10)
	for i := range out {
		out[i] = Param{Name: "arg" + strconv.Itoa(i), Type: Str, Optional: true, CLI: form}
	}
	return out
}
