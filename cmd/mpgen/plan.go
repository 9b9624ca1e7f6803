package main

import (
	"fmt"
	"go/types"
	"sort"
	"strings"
)

// A plan is a matched schema file: everything the emitter needs, nothing that
// it still has to decide.
type plan struct {
	schema     *Schema
	file       *File
	pkg        string // package name, "nodeproxy"
	importPath string
	interfaces []*interfacePlan
	structs    []*structPlan
	objects    []*objectPlan
}

// interfacePlan is an interface with a proxy of its own in this package: an
// exported one for a Go interface, an unexported one for a function type.
type interfacePlan struct {
	schema  *Interface
	goType  types.Type // the interface, or the function's signature
	name    string     // "Echo"; "tipCallback" for a function
	destroy int        // ordinal of destroy, -1 for none
	methods []*methodPlan
}

func (i *interfacePlan) callback() bool { return i.schema.Wrap == "" }

type methodPlan struct {
	schema  *Method
	ordinal int
	goName  string
	sig     *types.Signature
	context int // pointer slot
	params  []*fieldPlan
	results []*fieldPlan
}

// fieldPlan is a struct field, a parameter or a result.
type fieldPlan struct {
	schema *Field
	goName string
	value  *value
	has    int // bit offset of the hasX flag, -1 for none
}

// structPlan is a Go struct type and the schema struct that carries it.
type structPlan struct {
	schema    *Struct
	goType    types.Type
	name      string
	fields    []*fieldPlan
	recursive bool
}

// objectPlan is an interface or function type used as a parameter, a result
// or a field.
type objectPlan struct {
	schema *Interface
	goType types.Type
	name   string         // "Handler"
	pkg    string         // import path of the package with its proxy, "" for this one
	self   *interfacePlan // for a function
}

// valueKind says how a value is put on the wire.
type valueKind int

const (
	kindBool valueKind = iota
	kindInt            // of value.bits bits, signed or not
	kindFloat
	kindEnum
	kindText
	kindData
	kindArray // [N]byte as Data
	kindStruct
	kindList
	kindObject // interface or function
	kindFD
	kindSecret
	kindBulk
)

// value is a matched pair of a Go type and a schema type.
type value struct {
	kind     valueKind
	goType   types.Type // without the pointer of an optional one
	optional bool
	bits     int
	signed   bool
	platform bool // int or uint, whose range is the machine's
	enum     *Enum
	array    int64
	st       *structPlan
	elem     *value
	obj      *objectPlan
}

// pointer reports whether the value sits in the pointer section.
func (v *value) pointer() bool { return v.kind >= kindText }

// owns reports whether dropping the value without a Close would leak a
// descriptor.
func (v *value) owns(seen map[*structPlan]bool) bool {
	switch v.kind {
	case kindFD, kindSecret, kindBulk:
		return true
	case kindList:
		return v.elem.owns(seen)
	case kindStruct:
		if seen[v.st] {
			return false
		}
		seen[v.st] = true
		for _, f := range v.st.fields {
			if f.value.owns(seen) {
				return true
			}
		}
	}
	return false
}

// problems collects what does not match, so that one run names all of it.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sort.Strings(p)
	out := p[:0]
	for i, s := range p {
		if i == 0 || s != p[i-1] {
			out = append(out, s)
		}
	}
	return fmt.Errorf("%s", strings.Join(out, "\n"))
}
