package main

import (
	"go/types"
	"strings"
)

// matcher pairs the interfaces of one schema file with Go's.
type matcher struct {
	schema  *Schema
	gopkgs  *goPackages
	proxies proxyPaths
	plan    *plan
	structs map[string]*structPlan
	objects map[string]*objectPlan
	names   map[string]bool
	bad     *problems
}

// proxyPaths says where the proxies of a schema file are.
type proxyPaths struct {
	own      string // import path under which requested files are generated
	imported string // import path under which imported files' proxies exist
}

func (p proxyPaths) of(f *File) string {
	if f.Requested {
		return p.own + "/" + proxyName(f)
	}
	return p.imported + "/" + proxyName(f)
}

func proxyName(f *File) string { return strings.ToLower(strings.ReplaceAll(f.Base, "-", "")) + "proxy" }

// markers are Go types that have no methods on the wire.
var markers = map[string]valueKind{
	"dashmp/ipc.FD": kindFD, "dashmp/ipc.Secret": kindSecret, "dashmp/ipc.Bulk": kindBulk,
}

// match plans the proxies of one file. A file without an interface of its own
// gets a plan without interfaces.
func match(s *Schema, f *File, g *goPackages, paths proxyPaths, bad *problems) *plan {
	m := &matcher{
		schema: s, gopkgs: g, proxies: paths, bad: bad,
		plan:    &plan{schema: s, file: f, pkg: proxyName(f), importPath: paths.of(f)},
		structs: map[string]*structPlan{}, objects: map[string]*objectPlan{}, names: map[string]bool{},
	}
	for _, it := range f.Interfaces {
		if it.ID == threadMapID || it.Wrap == "" {
			continue // the runtime's, or a callback that is planned where it is used
		}
		if _, marker := markers[it.Wrap]; marker {
			continue
		}
		m.iface(it)
	}
	markRecursive(m.plan.structs)
	return m.plan
}

func (m *matcher) iface(it *Interface) {
	obj, err := m.gopkgs.wrapped(it.Wrap)
	if err != nil {
		m.bad.add("%s: interface %s: $Proxy.wrap: %v", it.place(), it.Name, err)
		return
	}
	gi, ok := obj.Type().Underlying().(*types.Interface)
	if _, named := obj.(*types.TypeName); !ok || !named {
		m.bad.add("%s: interface %s: Go's %s (%s) is not an interface", it.place(), it.Name, it.Wrap, m.gopkgs.place(obj))
		return
	}
	ip := &interfacePlan{schema: it, goType: obj.Type(), name: strings.ReplaceAll(it.Name, ".", ""), destroy: -1}
	m.plan.interfaces = append(m.plan.interfaces, ip)
	byName := map[string]*types.Func{}
	for i := range gi.NumMethods() {
		gm := gi.Method(i)
		byName[gm.Name()] = gm
		switch {
		case !gm.Exported():
			m.bad.add("%s: %s.%s is unexported and cannot be called across processes", m.gopkgs.place(gm), it.Wrap, gm.Name())
		case gm.Name() == "Close" || gm.Name() == "Ref":
			m.bad.add("%s: %s.%s: the name belongs to the generated client", m.gopkgs.place(gm), it.Wrap, gm.Name())
		}
	}
	used := map[string]bool{}
	for ord, sm := range it.Methods {
		if m.conventional(ip, ord, sm) {
			continue
		}
		gm := findMethod(byName, sm)
		if gm == nil {
			m.bad.add("%s: method %s @%d has no counterpart in Go's %s (%s)", sm.place(), sm.Name, ord, it.Wrap, m.gopkgs.place(obj))
			continue
		}
		used[gm.Name()] = true
		m.method(ip, ord, sm, gm.Name(), gm.Type().(*types.Signature), m.gopkgs.place(gm))
	}
	for name, gm := range byName {
		if !used[name] && gm.Exported() {
			m.bad.add("%s: method %s.%s has no counterpart in schema interface %s (%s)", m.gopkgs.place(gm), it.Wrap, name, it.Name, it.place())
		}
	}
}

// conventional handles the two methods that libmultiprocess itself defines.
func (m *matcher) conventional(ip *interfacePlan, ord int, sm *Method) bool {
	switch {
	case sm.Short == "destroy":
		if len(sm.Params.Fields) != 1 || m.contextSlot(sm) < 0 || len(sm.Results.Fields) != 0 {
			m.bad.add("%s: method %s must be destroy (context :Proxy.Context) -> ()", sm.place(), sm.Name)
		}
		ip.destroy = ord
		return true
	case sm.Short == "construct" && len(sm.Params.Fields) == 1 && sm.Params.Fields[0].Type.Ref == threadMapID:
		return true
	}
	return false
}

func findMethod(byName map[string]*types.Func, sm *Method) *types.Func {
	if sm.GoName != "" {
		return byName[sm.GoName]
	}
	for name, gm := range byName {
		if gm.Exported() && lowerCamel(name) == sm.Short {
			return gm
		}
	}
	return nil
}

// contextSlot is the pointer slot of the Context parameter, which comes first.
func (m *matcher) contextSlot(sm *Method) int {
	for i, f := range sm.Params.Fields {
		if f.Type.Ref == contextID {
			if i != 0 {
				return -1
			}
			return int(f.Offset)
		}
	}
	return -1
}

func (m *matcher) method(ip *interfacePlan, ord int, sm *Method, goName string, sig *types.Signature, where string) {
	before := len(*m.bad)
	params, results := sig.Params(), sig.Results()
	if params.Len() == 0 || !isContext(params.At(0).Type()) {
		m.bad.add("%s: %s: the first Go parameter must be a context.Context (schema: %s)", where, goName, sm.place())
	}
	if results.Len() == 0 || !isError(results.At(results.Len()-1).Type()) {
		m.bad.add("%s: %s: the last Go result must be an error (schema: %s)", where, goName, sm.place())
	}
	if sig.Variadic() {
		m.bad.add("%s: %s: a variadic parameter cannot be carried (schema: %s)", where, goName, sm.place())
	}
	slot := m.contextSlot(sm)
	if slot < 0 {
		m.bad.add("%s: method %s: the first parameter must be context :Proxy.Context (Go: %s)", sm.place(), sm.Name, where)
	}
	for _, s := range []*Struct{sm.Params, sm.Results} {
		if s.Reason != "" {
			m.bad.add("%s: method %s: struct %s cannot be carried: %s (Go: %s)", sm.place(), sm.Name, s.Name, s.Reason, where)
		}
	}
	if len(*m.bad) > before {
		return
	}
	mp := &methodPlan{schema: sm, ordinal: ord, goName: goName, sig: sig, context: slot}
	mp.params = m.fields(sm.Name, sm.Params, m.vars(params, 1, params.Len(), where, "parameter", ""), where)
	only := ""
	if results.Len() == 2 {
		only = "result"
	}
	mp.results = m.fields(sm.Name, sm.Results, m.vars(results, 0, results.Len()-1, where, "result", only), where)
	ip.methods = append(ip.methods, mp)
}

// goField is a parameter, a result or a struct field of Go.
type goField struct {
	goName string
	schema string // the name it must have in the schema
	typ    types.Type
	where  string
}

// vars lists parameters or results. only names a single result without a name.
func (m *matcher) vars(t *types.Tuple, from, to int, where, what, only string) []goField {
	var out []goField
	for i := from; i < to; i++ {
		v := t.At(i)
		name := v.Name()
		if name == "" || name == "_" {
			name = only
		}
		if name == "" {
			m.bad.add("%s: %s %d needs a name to be matched with the schema", where, what, i)
			continue
		}
		out = append(out, goField{goName: name, schema: name, typ: v.Type(), where: where})
	}
	return out
}

func isContext(t types.Type) bool { return typeName(t) == "context.Context" }
func isError(t types.Type) bool   { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// typeName is "import/path.Name" of a named type, "" for others.
func typeName(t types.Type) string {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return ""
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name()
}
