package main

import (
	"fmt"
	"go/types"
	"strings"
)

// structValue finds or makes the plan of a named Go struct.
func (m *matcher) structValue(v *value, t types.Type, u *types.Struct, st Type) string {
	s := m.schema.structs[st.Ref]
	named, ok := types.Unalias(t).(*types.Named)
	switch {
	case s == nil:
		return "the struct is not in the request"
	case !ok:
		return "the Go struct needs a name"
	case s.Reason != "":
		return "the schema's struct cannot be carried: " + s.Reason
	}
	v.kind = kindStruct
	key := fmt.Sprintf("%x %s", s.ID, t)
	if v.st = m.structs[key]; v.st != nil {
		return ""
	}
	v.st = &structPlan{schema: s, goType: t, name: m.unique(strings.ReplaceAll(s.Name, ".", ""))}
	m.structs[key] = v.st
	m.plan.structs = append(m.plan.structs, v.st)
	var fields []goField
	for i := range u.NumFields() {
		f := u.Field(i)
		if !f.Exported() {
			return fmt.Sprintf("its field %s is unexported (%s)", f.Name(), m.gopkgs.place(f))
		}
		fields = append(fields, goField{goName: f.Name(), schema: lowerCamel(f.Name()), typ: f.Type(), where: m.gopkgs.place(f)})
	}
	v.st.fields = m.fields(s.Name, s, fields, m.gopkgs.place(named.Obj()))
	return ""
}

// unique keeps helper names apart when two Go types share a schema type.
func (m *matcher) unique(name string) string {
	for n := 2; m.names[name]; n++ {
		name = fmt.Sprintf("%s%d", strings.TrimRight(name, "0123456789"), n)
	}
	m.names[name] = true
	return name
}

// reference pairs what travels as a capability.
func (m *matcher) reference(v *value, t types.Type, st Type) string {
	it := m.schema.interfaces[st.Ref]
	if it == nil {
		return "the interface is not in the request"
	}
	if kind, ok := markers[it.Wrap]; ok {
		if typeName(t) != it.Wrap {
			return it.Name + " stands for " + it.Wrap
		}
		v.kind = kind
		return ""
	}
	v.kind = kindObject
	key := fmt.Sprintf("%x %s", it.ID, t)
	if v.obj = m.objects[key]; v.obj != nil {
		return ""
	}
	o := &objectPlan{schema: it, goType: t}
	if sig, ok := t.Underlying().(*types.Signature); ok {
		if why := m.callback(o, it, sig); why != "" {
			return why
		}
	} else if it.Wrap == "" {
		return it.Name + " stands for a function"
	} else if typeName(t) != it.Wrap {
		return it.Name + " stands for " + it.Wrap
	} else {
		o.name = m.unique(strings.ReplaceAll(it.Name, ".", ""))
		if p := m.proxies.of(it.File); p != m.plan.importPath {
			o.pkg = p
		}
	}
	v.obj = o
	m.objects[key] = o
	m.plan.objects = append(m.plan.objects, o)
	return ""
}

// callback plans the unexported proxy of a function type.
func (m *matcher) callback(o *objectPlan, it *Interface, sig *types.Signature) string {
	if it.Wrap != "" {
		return it.Name + " stands for " + it.Wrap
	}
	call := -1
	ip := &interfacePlan{schema: it, goType: sig, destroy: -1}
	for ord, sm := range it.Methods {
		switch {
		case sm.Short == "call":
			call = ord
		case !m.conventional(ip, ord, sm):
			return fmt.Sprintf("interface %s (%s) stands for a function and must have the single method call", it.Name, it.place())
		}
	}
	if call < 0 {
		return fmt.Sprintf("interface %s (%s) stands for a function and needs a method call", it.Name, it.place())
	}
	o.name = m.unique(strings.ReplaceAll(it.Name, ".", ""))
	ip.name = lowerFirst(o.name)
	o.self = ip
	// Registered before its own parameters are matched: a callback may take
	// itself.
	m.objects[fmt.Sprintf("%x %s", it.ID, o.goType)] = o
	m.plan.interfaces = append(m.plan.interfaces, ip)
	m.method(ip, call, it.Methods[call], "call", sig, it.Methods[call].place())
	return ""
}

// markRecursive finds the structs that can contain themselves.
func markRecursive(structs []*structPlan) {
	for _, s := range structs {
		seen := map[*structPlan]bool{}
		var reach func(v *value) bool
		reach = func(v *value) bool {
			switch v.kind {
			case kindList:
				return reach(v.elem)
			case kindStruct:
				if v.st == s {
					return true
				}
				if seen[v.st] {
					return false
				}
				seen[v.st] = true
				for _, f := range v.st.fields {
					if reach(f.value) {
						return true
					}
				}
			}
			return false
		}
		for _, f := range s.fields {
			if reach(f.value) {
				s.recursive = true
			}
		}
	}
}
