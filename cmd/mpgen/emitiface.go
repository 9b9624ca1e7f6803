package main

import (
	"fmt"

	"capnproto.org/go/capnp/v3/std/capnp/schema"
)

// methodVar is the variable with a method's description.
func methodVar(ip *interfacePlan, goName string) string {
	return lowerFirst(ip.name) + upperFirst(goName)
}

func serveFunc(ip *interfacePlan, mp *methodPlan) string {
	return "serve" + upperFirst(ip.name) + upperFirst(mp.goName)
}

func (f *file) iface(ip *interfacePlan) {
	if ip.callback() {
		f.callbackType(ip)
	} else {
		f.clientType(ip)
		f.constructors(ip)
	}
	f.tables(ip)
	for _, mp := range ip.methods {
		f.clientMethod(ip, mp)
		f.serverMethod(ip, mp)
	}
}

func clientName(ip *interfacePlan) string {
	return ip.name + "Client"
}

func (f *file) clientType(ip *interfacePlan) {
	name, goType, ref := clientName(ip), f.typ(ip.goType), f.ipc()+".Ref"
	f.f("// %sID is the schema id of %s.\nconst %sID = %#016x\n\n", ip.name, ip.schema.Name, ip.name, ip.schema.ID)
	f.f("// %s implements %s by calls to an object of the peer.\n", name, goType)
	f.f("type %s struct {\nref *%s\n", name, ref)
	if ip.destroy >= 0 {
		f.f("closed %s.Bool\n", f.use("sync/atomic", "atomic"))
	}
	f.f("}\n\nvar _ %s = (*%s)(nil)\n\n", goType, name)
	f.f("// New%s takes ownership of r.\n", name)
	f.f("func New%s(r *%s) *%s { return %s.Track(&%s{ref: r}, r) }\n\n", name, ref, name, f.wire(), name)
	f.f("// Ref is the reference that x calls; it stays x's.\n")
	f.f("func (x *%s) Ref() *%s {\nif x == nil {\nreturn nil\n}\nreturn x.ref\n}\n\n", name, ref)
	if ip.destroy >= 0 {
		f.f("// Close destroys the object and gives the reference up.\n")
		f.f("func (x *%s) Close() error { return %s.Closing(x.ref, &x.closed, &%s) }\n\n", name, f.wire(), methodVar(ip, "destroy"))
		return
	}
	f.f("// Close gives the reference up.\n")
	f.f("func (x *%s) Close() error {\nx.ref.Release()\nreturn nil\n}\n\n", name)
}

func (f *file) constructors(ip *interfacePlan) {
	name, client, goType, ipc := ip.name, clientName(ip), f.typ(ip.goType), f.ipc()
	f.f("// Bootstrap%s returns the peer's bootstrap object as %s.\n", name, goType)
	f.f("func Bootstrap%s(ctx %s.Context, c *%s.Conn) (*%s, error) {\n", name, f.use("context", "context"), ipc, client)
	f.f("r, err := c.Bootstrap(ctx)\nif err != nil {\nreturn nil, err\n}\nreturn New%s(r), nil\n}\n\n", client)
	f.f("// New%sObject makes impl callable by peers. release, which may be nil, is called\n", name)
	if ip.destroy >= 0 {
		f.f("// once, when a peer destroys the object or the last reference to it has gone.\n")
	} else {
		f.f("// once, when the last reference to the object has gone.\n")
	}
	f.f("func New%sObject(impl %s, release func()) *%s.Object {\n", name, goType, ipc)
	f.newObject(ip, "impl", "release")
	f.f("}\n\n")
}

// newObject emits the return of an ipc.Object for the value impl.
func (f *file) newObject(ip *interfacePlan, impl, release string) {
	table := fmt.Sprintf("tableOf%s.Get(buildTableOf%s)", upperFirst(ip.name), upperFirst(ip.name))
	if ip.destroy >= 0 {
		f.f("h := %s.Hold(%s, %s)\nreturn %s.NewObject(h, h.Release, %s)\n", f.wire(), impl, release, f.ipc(), table)
		return
	}
	f.f("return %s.NewObject(%s, %s, %s)\n", f.ipc(), impl, release, table)
}

func (f *file) callbackType(ip *interfacePlan) {
	name, ref, sig := clientName(ip), f.ipc()+".Ref", f.typ(ip.goType)
	f.f("// %s calls a function of the peer.\ntype %s struct {\nref *%s\n}\n\n", name, name, ref)
	f.f("func new%s(r *%s) *%s { return %s.Track(&%s{ref: r}, r) }\n\n", upperFirst(name), ref, name, f.wire(), name)
	f.f("func new%sObject(impl %s) *%s.Object {\n", upperFirst(ip.name), sig, f.ipc())
	f.newObject(ip, "impl", "nil")
	f.f("}\n\n")
}

func (f *file) tables(ip *interfacePlan) {
	table := "tableOf" + upperFirst(ip.name)
	f.f("var %s %s.Table\n\n", table, f.wire())
	f.f("func build%s() *%s.InterfaceTable {\nreturn &%s.InterfaceTable{\n", upperFirst(table), f.ipc(), f.ipc())
	f.f("ID: %#016x, Name: %q,\nMethods: []*%s.Method{\n", ip.schema.ID, ip.schema.Name, f.ipc())
	byOrdinal := map[int]string{}
	for _, mp := range ip.methods {
		byOrdinal[mp.ordinal] = fmt.Sprintf("%s.Serve(&%s, %s)", f.wire(), methodVar(ip, mp.goName), serveFunc(ip, mp))
	}
	if ip.destroy >= 0 {
		byOrdinal[ip.destroy] = fmt.Sprintf("%s.Serve(&%s, %s.Destroy)", f.wire(), methodVar(ip, "destroy"), f.wire())
	}
	for ord, sm := range ip.schema.Methods {
		entry := byOrdinal[ord]
		if entry == "" {
			entry = "nil"
		}
		f.f("%d: %s, // %s\n", ord, entry, sm.Short)
	}
	f.f("},\n}\n}\n\n")
	if ip.destroy >= 0 {
		f.methodVar(ip, ip.schema.Methods[ip.destroy], ip.destroy, "destroy", 0)
	}
	for _, mp := range ip.methods {
		f.methodVar(ip, mp.schema, mp.ordinal, mp.goName, mp.context)
	}
}

func (f *file) methodVar(ip *interfacePlan, sm *Method, ord int, goName string, ctx int) {
	ipc := f.ipc()
	f.f("// %s is %s @%d.\n", methodVar(ip, goName), sm.Name, ord)
	f.f("var %s = %s.Method{\nInterface: %#016x, Ordinal: %d, Name: %q, Context: %d,\n",
		methodVar(ip, goName), ipc, ip.schema.ID, ord, sm.Name, ctx)
	f.f("Params: %s,\nResults: %s,\n", f.size(sm.Params.Size), f.size(sm.Results.Size))
	f.fieldTable("ParamFields", sm.Params)
	f.fieldTable("ResultFields", sm.Results)
	f.f("}\n\n")
}

func (f *file) fieldTable(name string, s *Struct) {
	if len(s.Fields) == 0 {
		return
	}
	f.f("%s: []%s.Field{\n", name, f.ipc())
	for _, fd := range s.Fields {
		f.f("{Name: %q, Kind: %s.%s, Slot: %d},\n", fd.Short, f.ipc(), f.plan.fieldKind(fd.Type), fd.Offset)
	}
	f.f("},\n")
}

var fieldKinds = map[schema.Type_Which]string{
	schema.Type_Which_void: "KindVoid", schema.Type_Which_bool: "KindBool",
	schema.Type_Which_int8: "KindInt8", schema.Type_Which_int16: "KindInt16",
	schema.Type_Which_int32: "KindInt32", schema.Type_Which_int64: "KindInt64",
	schema.Type_Which_uint8: "KindUint8", schema.Type_Which_uint16: "KindUint16",
	schema.Type_Which_uint32: "KindUint32", schema.Type_Which_uint64: "KindUint64",
	schema.Type_Which_float32: "KindFloat32", schema.Type_Which_float64: "KindFloat64",
	schema.Type_Which_enum: "KindEnum", schema.Type_Which_text: "KindText",
	schema.Type_Which_data: "KindData", schema.Type_Which_list: "KindList",
	schema.Type_Which_structType: "KindStruct", schema.Type_Which_interface: "KindObject",
}

// fieldKind is the ipc.FieldKind of a schema type. What a trace must redact is
// known here, by type.
func (p *plan) fieldKind(t Type) string {
	if t.Ref == contextID {
		return "KindContext"
	}
	if it := p.schema.interfaces[t.Ref]; t.Which == schema.Type_Which_interface && it != nil {
		switch markers[it.Wrap] {
		case kindFD:
			return "KindFD"
		case kindSecret:
			return "KindSecret"
		case kindBulk:
			return "KindBulk"
		}
	}
	return fieldKinds[t.Which]
}
