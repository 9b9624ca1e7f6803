package method

import (
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// maxArgs bounds the arguments that are looked at one by one: no method has
// more parameters, so what follows cannot make a call valid.
const maxArgs = 64

// Resolve finds the row for a call and brings its arguments into the order of
// the row's parameters (CRPCTable::execute, transformNamedArguments). Params is
// an array, an object or null.
//
// A composite command is named by the method and its first argument, which is
// then taken off. Errors are MethodNotFound; InvalidParameter for a name that
// is unknown or given twice; and Misc with the help text for a wrong number of
// arguments. They repeat names of arguments, never values.
func (t *Table) Resolve(name string, params univalue.Value) (*Method, []univalue.Value, *rpcerr.Error) {
	m, taken := t.find(name, params)
	if m == nil {
		return nil, nil, rpcerr.Errorf(rpcerr.MethodNotFound, "Method not found")
	}
	var args []univalue.Value
	var err *rpcerr.Error
	if params.Kind() == univalue.Object && !taken {
		if args, err = m.positional(params); err != nil {
			return nil, nil, err
		}
	} else {
		args = values(params)
		if taken {
			args = args[1:]
		}
	}
	if len(args) < m.Required() || len(args) > len(m.Params) {
		return nil, nil, rpcerr.Errorf(rpcerr.Misc, "%s", m.Text())
	}
	return m, args, nil
}

// find looks for the composite command first, as Dash Core does.
func (t *Table) find(name string, params univalue.Value) (m *Method, taken bool) {
	for _, v := range first(params) {
		if v.Kind() == univalue.String && len(v.Raw()) <= 64 {
			if m, ok := t.byName[name+" "+v.Text()]; ok {
				return m, true
			}
		}
	}
	return t.byName[name], false
}

// first returns at most one value.
func first(params univalue.Value) []univalue.Value {
	for v := range params.Elements() {
		return []univalue.Value{v}
	}
	for _, v := range params.Members() {
		return []univalue.Value{v}
	}
	return nil
}

// values returns the elements of an array or the values of an object, at most
// maxArgs+1.
func values(params univalue.Value) []univalue.Value {
	var out []univalue.Value
	for v := range params.Elements() {
		if out = append(out, v); len(out) > maxArgs {
			return out
		}
	}
	for _, v := range params.Members() {
		if out = append(out, v); len(out) > maxArgs {
			return out
		}
	}
	return out
}

// named is what was found for the names of a call.
type named struct {
	values  []univalue.Value // by parameter, null where missing
	rank    []int            // by parameter: 1 + which of its names was given, 0 none
	args    univalue.Value   // the special name "args"
	hasArgs bool
	unknown string
}

// positional turns named arguments into positional ones. The name "args" holds
// positional arguments that go before the named ones. Missing arguments in the
// middle become null, none are added at the end.
func (m *Method) positional(params univalue.Value) ([]univalue.Value, *rpcerr.Error) {
	n, err := m.collect(params)
	if err != nil {
		return nil, err
	}
	firstGiven, last := len(m.Params), -1
	for i, r := range n.rank {
		if r > 0 {
			firstGiven, last = min(firstGiven, i), i
		}
	}
	out := n.values[:last+1]
	if n.hasArgs && n.args.Kind() == univalue.Array {
		args := values(n.args)
		if firstGiven < len(m.Params) && firstGiven < len(args) {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter,
				"Parameter %s specified twice both as positional and named argument", m.Params[firstGiven].Name)
		}
		if len(out) > len(args) {
			args = append(args, out[len(args):]...)
		}
		out = args
	}
	if n.unknown != "" {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Unknown named parameter %s", n.unknown)
	}
	return out, nil
}

func (m *Method) collect(params univalue.Value) (*named, *rpcerr.Error) {
	n := &named{values: make([]univalue.Value, len(m.Params)), rank: make([]int, len(m.Params))}
	seen := map[string]bool{}
	for k, v := range params.Members() {
		name := k.Text()
		if name == "args" && !seen[name] {
			n.args, n.hasArgs, seen[name] = v, true, true
			continue
		}
		i, rank := m.param(name)
		if i < 0 && name != "args" {
			if n.unknown == "" {
				n.unknown = clip(name)
			}
			continue
		}
		if seen[name] {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Parameter %s specified multiple times", name)
		}
		seen[name] = true
		if old := n.rank[i]; old != 0 {
			// Two names of one parameter: the first of the row counts.
			if n.unknown == "" {
				n.unknown = m.Params[i].Names()[max(old, rank)-1]
			}
			if old < rank {
				continue
			}
		}
		n.values[i], n.rank[i] = v, rank
	}
	return n, nil
}

// param returns the index of the parameter with the name and 1 + which of its
// names that is.
func (m *Method) param(name string) (index, rank int) {
	for i := range m.Params {
		for j, n := range m.Params[i].Names() {
			if n == name {
				return i, j + 1
			}
		}
	}
	return -1, 0
}

// clip bounds what an error repeats of a stranger's text.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}
