package main

import (
	"fmt"
	"go/constant"
	"go/types"
	"sort"
	"strings"

	"capnproto.org/go/capnp/v3/std/capnp/schema"
)

// fields pairs the members of a struct, of a parameter list or of results by
// name, in the order of the schema.
func (m *matcher) fields(owner string, s *Struct, gofields []goField, where string) []*fieldPlan {
	byName := map[string]goField{}
	for _, g := range gofields {
		byName[g.schema] = g
	}
	flags := map[string]*Field{}
	for _, f := range s.Fields {
		flags[f.Short] = f
	}
	used := map[string]bool{}
	var out []*fieldPlan
	for _, f := range s.Fields {
		if f.Type.Ref == contextID {
			continue
		}
		g, ok := lookupField(byName, gofields, f)
		if !ok {
			if flagOf(byName, f) != "" {
				continue
			}
			m.bad.add("%s: %s: schema field %s has no counterpart in Go (%s)", f.place(), owner, f.Short, where)
			continue
		}
		used[g.schema] = true
		if fp := m.field(owner, f, g, flags); fp != nil {
			out = append(out, fp)
		}
	}
	for _, g := range gofields {
		if !used[g.schema] {
			m.bad.add("%s: %s: Go's %s has no counterpart in the schema (%s); expected a field %s", g.where, owner, g.goName, s.place(), g.schema)
		}
	}
	return out
}

func lookupField(byName map[string]goField, all []goField, f *Field) (goField, bool) {
	if f.GoName == "" {
		g, ok := byName[f.Short]
		return g, ok
	}
	for _, g := range all {
		if g.goName == f.GoName {
			return g, true
		}
	}
	return goField{}, false
}

// flagOf returns the field that a Bool hasX belongs to, "" if it is no flag.
func flagOf(byName map[string]goField, f *Field) string {
	rest, ok := strings.CutPrefix(f.Short, "has")
	if !ok || rest == "" || f.Type.Which != schema.Type_Which_bool {
		return ""
	}
	for name := range byName {
		if upperFirst(name) == rest && isPointer(byName[name].typ) {
			return name
		}
	}
	return ""
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

func (m *matcher) field(owner string, f *Field, g goField, flags map[string]*Field) *fieldPlan {
	if f.Default {
		m.bad.add("%s: %s: field %s: defaults are not supported (Go: %s)", f.place(), owner, f.Short, g.where)
		return nil
	}
	t := g.typ
	ptr, optional := types.Unalias(t).(*types.Pointer)
	if optional {
		t = ptr.Elem()
	}
	v, why := m.value(t, f.Type)
	if why != "" {
		m.bad.add("%s: %s: %s is %s in the schema and %s in Go (%s): %s", f.place(), owner, f.Short, m.schema.typeString(f.Type), m.typeString(g.typ), g.where, why)
		return nil
	}
	fp := &fieldPlan{schema: f, goName: g.goName, value: v, has: -1}
	if !optional {
		return fp
	}
	v.optional = true
	switch {
	case v.kind < kindText:
		flag := flags["has"+upperFirst(f.Short)]
		if flag == nil || flag.Type.Which != schema.Type_Which_bool {
			m.bad.add("%s: %s: %s is optional in Go (%s), so the schema needs has%s :Bool", f.place(), owner, f.Short, g.where, upperFirst(f.Short))
			return nil
		}
		fp.has = int(flag.Offset)
	case v.kind != kindText && v.kind != kindArray && v.kind != kindStruct:
		m.bad.add("%s: %s: %s: a pointer to %s cannot be carried (Go: %s)", f.place(), owner, f.Short, m.typeString(t), g.where)
		return nil
	}
	return fp
}

var integers = map[schema.Type_Which]struct {
	bits   int
	signed bool
}{
	schema.Type_Which_int8: {8, true}, schema.Type_Which_int16: {16, true},
	schema.Type_Which_int32: {32, true}, schema.Type_Which_int64: {64, true},
	schema.Type_Which_uint8: {8, false}, schema.Type_Which_uint16: {16, false},
	schema.Type_Which_uint32: {32, false}, schema.Type_Which_uint64: {64, false},
}

// value pairs a Go type, without the pointer of an optional, with a schema
// type. The text says why they do not match, "" if they do.
func (m *matcher) value(t types.Type, st Type) (*value, string) {
	v := &value{goType: t}
	if st.Which == schema.Type_Which_interface {
		return v, m.reference(v, t, st)
	}
	const differ = "the types differ"
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return v, m.basic(v, u, st)
	case *types.Array:
		if st.Which != schema.Type_Which_data || !isByte(u.Elem()) {
			return v, differ
		}
		v.kind, v.array = kindArray, u.Len()
	case *types.Slice:
		return v, m.slice(v, u, st)
	case *types.Struct:
		if st.Which != schema.Type_Which_structType {
			return v, differ
		}
		return v, m.structValue(v, t, u, st)
	default:
		return v, differ
	}
	return v, ""
}

func (m *matcher) basic(v *value, u *types.Basic, st Type) string {
	const differ = "the types differ"
	switch {
	case st.Which == schema.Type_Which_bool:
		if u.Kind() != types.Bool {
			return differ
		}
		v.kind = kindBool
	case st.Which == schema.Type_Which_text:
		if u.Kind() != types.String {
			return differ
		}
		v.kind = kindText
	case st.Which == schema.Type_Which_float32 || st.Which == schema.Type_Which_float64:
		v.kind, v.bits = kindFloat, 64
		want := types.Float64
		if st.Which == schema.Type_Which_float32 {
			v.bits, want = 32, types.Float32
		}
		if u.Kind() != want {
			return differ
		}
	case st.Which == schema.Type_Which_enum:
		if u.Info()&types.IsInteger == 0 {
			return differ
		}
		return m.enumValue(v, st)
	default:
		w, ok := integers[st.Which]
		if !ok {
			return differ
		}
		bits, signed, platform := goInteger(u)
		if bits != w.bits || signed != w.signed {
			return differ
		}
		v.kind, v.bits, v.signed, v.platform = kindInt, bits, signed, platform
	}
	return ""
}

// goInteger gives the width on the wire; int and uint travel as 64 bit.
func goInteger(u *types.Basic) (bits int, signed, platform bool) {
	switch u.Kind() {
	case types.Int8:
		return 8, true, false
	case types.Int16:
		return 16, true, false
	case types.Int32:
		return 32, true, false
	case types.Int64:
		return 64, true, false
	case types.Int:
		return 64, true, true
	case types.Uint8:
		return 8, false, false
	case types.Uint16:
		return 16, false, false
	case types.Uint32:
		return 32, false, false
	case types.Uint64:
		return 64, false, false
	case types.Uint:
		return 64, false, true
	}
	return 0, false, false
}

// enumValue demands one Go constant of the type for each enumerant and none
// besides, with the same value.
func (m *matcher) enumValue(v *value, st Type) string {
	e := m.schema.enums[st.Ref]
	named, ok := types.Unalias(v.goType).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return "an enum needs a named Go type"
	}
	v.kind, v.enum = kindEnum, e
	want := map[string]int64{}
	for i, name := range e.Names {
		want[name] = int64(i)
	}
	scope := named.Obj().Pkg().Scope()
	var wrong []string
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if !ok || !c.Exported() || !types.Identical(c.Type(), v.goType) {
			continue
		}
		n, exact := constant.Int64Val(constant.ToInt(c.Val()))
		at, known := want[lowerCamel(name)]
		switch {
		case !known:
			wrong = append(wrong, fmt.Sprintf("Go's constant %s (%s) is not in enum %s (%s)", name, m.gopkgs.place(c), e.Name, e.place()))
		case !exact || n != at:
			wrong = append(wrong, fmt.Sprintf("%s is %d in Go (%s) and %d in enum %s (%s)", name, n, m.gopkgs.place(c), at, e.Name, e.place()))
		}
		delete(want, lowerCamel(name))
	}
	for name := range want {
		wrong = append(wrong, fmt.Sprintf("enumerant %s of %s (%s) has no Go constant", name, e.Name, e.place()))
	}
	sort.Strings(wrong)
	return strings.Join(wrong, "; ")
}

func (m *matcher) slice(v *value, u *types.Slice, st Type) string {
	switch {
	case st.Which == schema.Type_Which_data && isByte(u.Elem()):
		v.kind = kindData
		return ""
	case st.Which != schema.Type_Which_list:
		return "the types differ"
	case isPointer(u.Elem()):
		return "list elements cannot be optional"
	case st.Elem.Which == schema.Type_Which_void:
		return "a list of Void is not supported"
	}
	elem, why := m.value(u.Elem(), *st.Elem)
	if why != "" {
		return "element: " + why
	}
	if elem.kind == kindStruct && elem.st.schema.Size.DataSize == 0 && elem.st.schema.Size.PointerCount == 0 {
		return "a list of empty structs is not supported"
	}
	v.kind, v.elem = kindList, elem
	return ""
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

func (m *matcher) typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// typeString is a schema type as it is written.
func (s *Schema) typeString(t Type) string {
	switch t.Which {
	case schema.Type_Which_list:
		return "List(" + s.typeString(*t.Elem) + ")"
	case schema.Type_Which_structType:
		if st := s.structs[t.Ref]; st != nil {
			return st.Name
		}
	case schema.Type_Which_interface:
		if it := s.interfaces[t.Ref]; it != nil {
			return it.Name
		}
	case schema.Type_Which_enum:
		if e := s.enums[t.Ref]; e != nil {
			return e.Name
		}
	case schema.Type_Which_uint8, schema.Type_Which_uint16, schema.Type_Which_uint32, schema.Type_Which_uint64:
		return "UInt" + t.Which.String()[len("uint"):]
	case schema.Type_Which_anyPointer:
		return "AnyPointer"
	}
	return upperFirst(t.Which.String())
}
