package method

import (
	"strings"

	"dashmp/sandbox/logd/logcategory"
)

// The rows of the methods that change what every process does.

// logCategories ends with what rpc_misc.py looks for.
func logCategories() string {
	return "The valid logging categories are: " + strings.Join(logcategory.All(), ", ")
}

// ipcNote: the tracer of a connection is made with the connection.
const ipcNote = "The category ipc has an effect on connections between processes that are made afterwards."

func debugMethod() Method {
	return Method{
		Name: "debug", Category: "control", Owner: RPC,
		Desc: "Replaces the set of log categories in every process; + joins several.\n" +
			logCategories() + ".\n" + ipcNote + "\n" +
			"Further names: \"all\", \"1\" and \"\" stand for all categories, \"dash\" for those of Dash,\n" +
			"\"none\" and \"0\" for none. Unknown names are passed over. See also logging.",
		Params:   []Param{{Name: "category", Type: Str, Desc: "The category, or several joined by +"}},
		Results:  []Result{{Kind: RStr, Key: "result", Desc: "\"Debug mode: \" and the categories that are on"}},
		Examples: []Example{cli("dash"), curl(`"dash+net"`)},
	}
}

func loggingMethod() Method {
	return Method{
		Name: "logging", Category: "control", Owner: RPC,
		Desc: "Lists the log categories and whether their debug records are logged, after having changed that.\n" +
			"The arguments are taken in their order: what is both included and excluded is off.\n" +
			logCategories() + "\n" + ipcNote + "\n" +
			"Further names: \"all\" and \"1\" stand for all categories, \"dash\" for those of Dash, \"0\" for none.",
		Params: []Param{
			{Name: "include", Type: Arr, Optional: true, Desc: "The categories to switch on", Inner: []Param{
				{Name: "include_category", Type: Str, Optional: true, Desc: "a log category"},
			}},
			{Name: "exclude", Type: Arr, Optional: true, Desc: "The categories to switch off", Inner: []Param{
				{Name: "exclude_category", Type: Str, Optional: true, Desc: "a log category"},
			}},
		},
		Results: []Result{{Kind: RDyn, Desc: "By category", Inner: []Result{
			{Kind: RBool, Key: "category", Desc: "whether it is on"},
		}}},
		Examples: []Example{cli(`"[\"all\"]" "[\"http\"]"`), curl(`["all"], ["libevent"]`)},
	}
}

func setMockTimeMethod() Method {
	return Method{
		Name: "setmocktime", Category: Hidden, Owner: RPC,
		Desc: "Sets the clocks of all processes and stops them there (-regtest only).",
		Params: []Param{
			{Name: "timestamp", Type: Num, Desc: "The time in UNIX epoch time; 0 lets the clocks run again"},
		},
		Results: []Result{{Kind: RNull}},
	}
}
