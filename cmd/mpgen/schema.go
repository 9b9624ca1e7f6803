package main

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/schema"
)

// Ids that libmultiprocess fixes (include/mp/proxy.capnp). An annotation's id
// follows from the file's id and its name.
const (
	contextID   = 0x9c44e6645d0b22c6
	threadMapID = 0xee5e37179ad9dc9d
	wrapID      = 0xe6f46079b7b1405e
	nameID      = 0xb594888f63f4dbb9
)

// Schema is a decoded CodeGeneratorRequest.
type Schema struct {
	Files      []*File // requested ones, by name
	structs    map[uint64]*Struct
	interfaces map[uint64]*Interface
	enums      map[uint64]*Enum
	lines      lineFinder
}

// File is one .capnp file.
type File struct {
	ID         uint64
	Path       string // as the compiler was given it
	Base       string // file name without folder and .capnp
	Requested  bool   // false for a file that is only imported
	Interfaces []*Interface
}

// Decl is what every declaration has: a name and a place for messages.
type Decl struct {
	File *File
	Name string // with outer scopes: "Outer.Inner"
	Line int    // 0 when unknown
}

func (d Decl) place() string {
	if d.Line == 0 {
		return d.File.Path
	}
	return fmt.Sprintf("%s:%d", d.File.Path, d.Line)
}

// Interface is a schema interface.
type Interface struct {
	Decl
	ID      uint64
	Wrap    string // "import/path.Type", or "" for a callback
	Methods []*Method
}

// Method is a schema method; its index in Interface.Methods is its ordinal.
type Method struct {
	Decl
	Short   string // the name alone
	GoName  string // $Proxy.name, or ""
	Params  *Struct
	Results *Struct
}

// Struct is a schema struct, declared or the implicit one of a method.
type Struct struct {
	Decl
	ID     uint64
	Size   capnp.ObjectSize
	Fields []*Field
	Reason string // why a proxy cannot carry it, "" if it can
}

// Field is a field of a struct or a parameter of a method.
type Field struct {
	Decl
	Short   string
	GoName  string
	Type    Type
	Offset  uint32 // in units of the type's size, or a pointer index
	Default bool   // has a default other than zero
}

// Type is a schema type.
type Type struct {
	Which schema.Type_Which
	Elem  *Type  // of a list
	Ref   uint64 // id of a struct, interface or enum
}

// Enum is a schema enum; a name's index is its value.
type Enum struct {
	Decl
	Names []string
}

// decodeSchema builds the model of a CodeGeneratorRequest.
func decodeSchema(msg *capnp.Message, lines lineFinder) (*Schema, error) {
	req, err := schema.ReadRootCodeGeneratorRequest(msg)
	if err != nil {
		return nil, fmt.Errorf("code generator request: %w", err)
	}
	nodes, err := req.Nodes()
	if err != nil {
		return nil, fmt.Errorf("code generator request: %w", err)
	}
	d := &decoder{
		Schema: Schema{
			structs: map[uint64]*Struct{}, interfaces: map[uint64]*Interface{},
			enums: map[uint64]*Enum{}, lines: lines,
		},
		files: map[uint64]*File{},
		nodes: map[uint64]schema.Node{},
	}
	for i := range nodes.Len() {
		d.nodes[nodes.At(i).Id()] = nodes.At(i)
	}
	if err := d.requested(req); err != nil {
		return nil, err
	}
	for i := range nodes.Len() {
		if err := d.node(nodes.At(i)); err != nil {
			return nil, err
		}
	}
	if err := d.methods(); err != nil {
		return nil, err
	}
	sort.Slice(d.Files, func(i, j int) bool { return d.Files[i].Path < d.Files[j].Path })
	return &d.Schema, nil
}

type decoder struct {
	Schema
	files map[uint64]*File
	nodes map[uint64]schema.Node
}

func (d *decoder) requested(req schema.CodeGeneratorRequest) error {
	list, err := req.RequestedFiles()
	if err != nil {
		return err
	}
	for i := range list.Len() {
		f, err := d.file(list.At(i).Id())
		if err != nil {
			return err
		}
		f.Requested = true
		d.Files = append(d.Files, f)
	}
	return nil
}

func (d *decoder) file(id uint64) (*File, error) {
	if f := d.files[id]; f != nil {
		return f, nil
	}
	name, err := d.nodes[id].DisplayName()
	if err != nil {
		return nil, err
	}
	f := &File{ID: id, Path: name, Base: strings.TrimSuffix(path.Base(name), ".capnp")}
	d.files[id] = f
	return f, nil
}

// decl climbs the scopes of a node to its file. The implicit structs of a
// method have no scope; they are named by their method instead.
func (d *decoder) decl(n schema.Node) (Decl, error) {
	full, err := n.DisplayName()
	if err != nil {
		return Decl{}, err
	}
	root := n
	for depth := 0; root.Which() != schema.Node_Which_file && root.ScopeId() != 0; depth++ {
		if depth > len(d.nodes) {
			return Decl{}, fmt.Errorf("code generator request: the scopes of %s form a circle", full)
		}
		root = d.nodes[root.ScopeId()]
	}
	if root.Which() != schema.Node_Which_file {
		return Decl{File: &File{}, Name: full}, nil
	}
	f, err := d.file(root.Id())
	if err != nil {
		return Decl{}, err
	}
	_, name, _ := strings.Cut(full, ":")
	return Decl{File: f, Name: name, Line: d.lines.find(f.Path, name)}, nil
}

func (d *decoder) node(n schema.Node) error {
	decl, err := d.decl(n)
	if err != nil {
		return err
	}
	switch n.Which() {
	case schema.Node_Which_structNode:
		s, err := d.structNode(n, decl)
		if err != nil {
			return err
		}
		d.structs[n.Id()] = s
	case schema.Node_Which_enum:
		names, err := n.Enum().Enumerants()
		if err != nil {
			return err
		}
		e := &Enum{Decl: decl}
		for i := range names.Len() {
			name, err := names.At(i).Name()
			if err != nil {
				return err
			}
			e.Names = append(e.Names, name)
		}
		d.enums[n.Id()] = e
	case schema.Node_Which_interface:
		it := &Interface{Decl: decl, ID: n.Id()}
		notes, err := n.Annotations()
		if err != nil {
			return err
		}
		if it.Wrap, err = annotation(notes, wrapID); err != nil {
			return err
		}
		d.interfaces[n.Id()] = it
	}
	return nil
}

func (d *decoder) structNode(n schema.Node, decl Decl) (*Struct, error) {
	sn := n.StructNode()
	s := &Struct{Decl: decl, ID: n.Id(), Size: capnp.ObjectSize{
		DataSize: capnp.Size(sn.DataWordCount()) * 8, PointerCount: sn.PointerCount(),
	}}
	if sn.DiscriminantCount() != 0 {
		s.Reason = "it has a union"
	}
	if n.IsGeneric() {
		s.Reason = "it is generic"
	}
	fields, err := sn.Fields()
	if err != nil {
		return nil, err
	}
	for i := range fields.Len() {
		f, err := d.field(fields.At(i), s)
		if err != nil {
			return nil, err
		}
		s.Fields = append(s.Fields, f)
	}
	return s, nil
}

func (d *decoder) field(sf schema.Field, s *Struct) (*Field, error) {
	name, err := sf.Name()
	if err != nil {
		return nil, err
	}
	f := &Field{Decl: s.Decl, Short: name}
	f.Name = s.Name + "." + name
	f.Line = d.lines.find(s.File.Path, f.Name)
	notes, err := sf.Annotations()
	if err != nil {
		return nil, err
	}
	if f.GoName, err = annotation(notes, nameID); err != nil {
		return nil, err
	}
	if sf.Which() != schema.Field_Which_slot {
		s.Reason = "its field " + name + " is a group"
		return f, nil
	}
	f.Offset = sf.Slot().Offset()
	t, err := sf.Slot().Type()
	if err != nil {
		return nil, err
	}
	if f.Type, err = decodeType(t); err != nil {
		return nil, err
	}
	def, err := sf.Slot().DefaultValue()
	if err != nil {
		return nil, err
	}
	f.Default = hasDefault(def)
	return f, nil
}

func decodeType(t schema.Type) (Type, error) {
	out := Type{Which: t.Which()}
	switch t.Which() {
	case schema.Type_Which_list:
		e, err := t.List().ElementType()
		if err != nil {
			return out, err
		}
		elem, err := decodeType(e)
		if err != nil {
			return out, err
		}
		out.Elem = &elem
	case schema.Type_Which_enum:
		out.Ref = t.Enum().TypeId()
	case schema.Type_Which_structType:
		out.Ref = t.StructType().TypeId()
	case schema.Type_Which_interface:
		out.Ref = t.Interface().TypeId()
	}
	return out, nil
}

// hasDefault reports a default that would change the wire: scalars are stored
// as the exclusive or with it, and a null pointer stands for it.
func hasDefault(v schema.Value) bool {
	switch v.Which() {
	case schema.Value_Which_bool:
		return v.Bool()
	case schema.Value_Which_int8, schema.Value_Which_uint8:
		return capnp.Struct(v).Uint8(2) != 0
	case schema.Value_Which_int16, schema.Value_Which_uint16, schema.Value_Which_enum:
		return capnp.Struct(v).Uint16(2) != 0
	case schema.Value_Which_int32, schema.Value_Which_uint32, schema.Value_Which_float32:
		return capnp.Struct(v).Uint32(4) != 0
	case schema.Value_Which_int64, schema.Value_Which_uint64, schema.Value_Which_float64:
		return capnp.Struct(v).Uint64(8) != 0
	}
	return capnp.Struct(v).HasPtr(0)
}

func annotation(notes schema.Annotation_List, id uint64) (string, error) {
	for i := range notes.Len() {
		if notes.At(i).Id() != id {
			continue
		}
		v, err := notes.At(i).Value()
		if err != nil {
			return "", err
		}
		if v.Which() != schema.Value_Which_text {
			return "", fmt.Errorf("code generator request: annotation %#x is not Text", id)
		}
		return v.Text()
	}
	return "", nil
}

// methods fills in the interfaces once every struct is known.
func (d *decoder) methods() error {
	ids := make([]uint64, 0, len(d.interfaces))
	for id := range d.interfaces {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool {
		a, b := d.interfaces[ids[i]], d.interfaces[ids[j]]
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Name < b.Name
	})
	for _, id := range ids {
		it := d.interfaces[id]
		supers, err := d.nodes[id].Interface().Superclasses()
		if err != nil {
			return err
		}
		if supers.Len() > 0 || d.nodes[id].IsGeneric() {
			return fmt.Errorf("%s: interface %s: extends and type parameters are not supported", it.place(), it.Name)
		}
		list, err := d.nodes[id].Interface().Methods()
		if err != nil {
			return err
		}
		for i := range list.Len() {
			if err := d.method(it, list.At(i)); err != nil {
				return err
			}
		}
		it.File.Interfaces = append(it.File.Interfaces, it)
	}
	return nil
}

func (d *decoder) method(it *Interface, sm schema.Method) error {
	name, err := sm.Name()
	if err != nil {
		return err
	}
	m := &Method{Decl: it.Decl, Short: name, Params: d.structs[sm.ParamStructType()], Results: d.structs[sm.ResultStructType()]}
	m.Name = it.Name + "." + name
	m.Line = d.lines.find(it.File.Path, m.Name)
	notes, err := sm.Annotations()
	if err != nil {
		return err
	}
	if m.GoName, err = annotation(notes, nameID); err != nil {
		return err
	}
	if m.Params == nil || m.Results == nil {
		return fmt.Errorf("%s: method %s: its parameters or results are not in the request (streaming is not supported)", m.place(), m.Name)
	}
	for _, s := range []*Struct{m.Params, m.Results} {
		if s.File.Path != "" {
			continue // a declared struct in the place of a parameter list
		}
		s.Decl = m.Decl
		for _, f := range s.Fields {
			f.File, f.Line, f.Name = m.File, m.Line, m.Name+"("+f.Short+")"
		}
	}
	it.Methods = append(it.Methods, m)
	return nil
}
