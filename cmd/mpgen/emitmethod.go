package main

import (
	"fmt"
	"regexp"
	"strings"
)

// method is a methodPlan with the names that its code uses.
type method struct {
	*methodPlan
	ip      *interfacePlan
	params  []string // of the Go signature, ctx first
	results []string // err last
	local   map[*fieldPlan]string
	types   map[*fieldPlan]string
}

func (f *file) method(ip *interfacePlan, mp *methodPlan) *method {
	sig := mp.sig
	for i := range sig.Params().Len() {
		f.typ(sig.Params().At(i).Type())
	}
	for i := range sig.Results().Len() {
		f.typ(sig.Results().At(i).Type())
	}
	m := &method{methodPlan: mp, ip: ip, local: map[*fieldPlan]string{}, types: map[*fieldPlan]string{}}
	m.params, m.results = localNames(sig, f.imports)
	for _, fp := range mp.params {
		for i := 1; i < sig.Params().Len(); i++ {
			if sig.Params().At(i).Name() == fp.goName {
				m.local[fp], m.types[fp] = m.params[i], f.typ(sig.Params().At(i).Type())
			}
		}
	}
	for _, fp := range mp.results {
		for i := range sig.Results().Len() - 1 {
			if name := sig.Results().At(i).Name(); name == fp.goName || name == "" || name == "_" {
				m.local[fp], m.types[fp] = m.results[i], f.typ(sig.Results().At(i).Type())
			}
		}
	}
	return m
}

// capture returns what emit writes instead of writing it.
func (f *file) capture(emit func()) string {
	n := f.body.Len()
	emit()
	text := string(f.body.Bytes()[n:])
	f.body.Truncate(n)
	return text
}

var usesWriter = regexp.MustCompile(`\bwr\b`)

func (f *file) closeAll(m *method, fields []*fieldPlan) {
	for _, fp := range fields {
		f.close(fp.value, m.local[fp])
	}
}

// writeAll emits the writing of all fields into the struct s; fail is what
// follows a failure, and a last write ends its function.
func (f *file) writeAll(m *method, fields []*fieldPlan, s, newWriter, fail string, last bool) {
	body := f.capture(func() {
		for _, fp := range fields {
			f.writeField(fp, place{s: s, at: fp.schema.Offset, label: fp.schema.Short}, m.local[fp])
		}
	})
	if !usesWriter.MatchString(body) {
		f.f("%s", body)
		if last {
			f.f("return nil\n")
		}
		return
	}
	f.f("wr := %s\n%s", newWriter, body)
	giveUp := f.capture(func() { f.closeAll(m, fields) })
	if last && giveUp == "" {
		f.f("return wr.Finish(%q)\n", m.schema.Name)
		return
	}
	f.f("if err = wr.Finish(%q); err != nil {\n%s", m.schema.Name, giveUp)
	f.f("%s\n}\n", fail)
	if last {
		f.f("return nil\n")
	}
}

func (f *file) clientMethod(ip *interfacePlan, mp *methodPlan) {
	m := f.method(ip, mp)
	var in, out []string
	for i, name := range m.params {
		in = append(in, name+" "+f.typ(mp.sig.Params().At(i).Type()))
	}
	for i, name := range m.results {
		out = append(out, name+" "+f.typ(mp.sig.Results().At(i).Type()))
	}
	if !ip.callback() {
		f.f("// %s calls %s; see %s.\n", mp.goName, mp.schema.Name, f.typ(ip.goType))
	}
	f.f("func (x *%s) %s(%s) (%s) {\n", clientName(ip), mp.goName, strings.Join(in, ", "), strings.Join(out, ", "))
	f.f("defer %s.KeepAlive(x)\n", f.use("runtime", "runtime"))
	f.f("call, err := x.ref.Begin(ctx, &%s)\nif err != nil {\n", methodVar(ip, mp.goName))
	f.closeAll(m, mp.params)
	ret := "return " + strings.Join(m.results, ", ")
	f.f("%s\n}\ndefer call.Done()\n", ret)
	if len(mp.params) > 0 {
		f.f("p := call.Params()\n")
		f.writeAll(m, mp.params, "p", f.wire()+".NewParams(call.ParamCaps())", ret, false)
	}
	if len(mp.results) == 0 {
		f.f("return call.Send()\n}\n\n")
		return
	}
	f.f("if err = call.Send(); err != nil {\n%s\n}\n", ret)
	f.f("q := call.Results()\nrd := %s.NewReader(q, call.ResultCaps())\n", f.wire())
	for _, fp := range mp.results {
		f.readField(fp, place{s: "q", at: fp.schema.Offset, label: fp.schema.Short}, m.local[fp])
	}
	f.f("return %s, rd.Finish(%q)\n}\n\n", strings.Join(m.results[:len(m.results)-1], ", "), mp.schema.Name)
}

func (f *file) serverMethod(ip *interfacePlan, mp *methodPlan) {
	m := f.method(ip, mp)
	f.f("func %s(ctx %s.Context, impl any, c *%s.ServerCall) error {\n", serveFunc(ip, mp), f.use("context", "context"), f.ipc())
	if ip.destroy >= 0 {
		f.f("impl, err := %s.Impl(impl)\nif err != nil {\nreturn err\n}\n", f.wire())
	}
	f.f("x, ok := impl.(%s)\nif !ok {\nreturn %s.NotOffered(%q)\n}\n", f.typ(ip.goType), f.wire(), mp.schema.Name)
	if len(mp.params) > 0 {
		f.f("p := c.Params()\nrd := %s.NewReader(p, c.ParamCaps())\n", f.wire())
		for _, fp := range mp.params {
			f.f("var %s %s\n", m.local[fp], m.types[fp])
			f.readField(fp, place{s: "p", at: fp.schema.Offset, label: fp.schema.Short}, m.local[fp])
		}
		f.f("if err := rd.Finish(%q); err != nil {\nreturn err\n}\n", mp.schema.Name)
	}
	called := "x." + mp.goName
	if ip.callback() {
		called = "x"
	}
	call := fmt.Sprintf("%s(%s)", called, strings.Join(m.params, ", "))
	if len(mp.results) == 0 {
		f.f("return %s\n}\n\n", call)
		return
	}
	f.f("%s := %s\nif err != nil {\nreturn err\n}\n", strings.Join(m.results, ", "), call)
	f.f("q, err := c.NewResults()\nif err != nil {\n")
	f.closeAll(m, mp.results)
	f.f("return err\n}\n")
	f.writeAll(m, mp.results, "q", f.wire()+".NewResults(c.ResultCaps())", "return err", true)
	f.f("}\n\n")
}

func (f *file) structHelpers(s *structPlan) {
	t, wire, capnp := f.typ(s.goType), f.wire(), f.capnp()
	f.f("func write%s(wr *%s.Writer, s %s.Struct, v *%s) {\n", s.name, wire, capnp, t)
	f.enter(s, "wr")
	for _, fp := range s.fields {
		f.writeField(fp, place{s: "s", at: fp.schema.Offset, label: fp.schema.Name}, "v."+fp.goName)
	}
	f.f("}\n\nfunc read%s(rd *%s.Reader, s %s.Struct, v *%s) {\n", s.name, wire, capnp, t)
	f.enter(s, "rd")
	for _, fp := range s.fields {
		f.readField(fp, place{s: "s", at: fp.schema.Offset, label: fp.schema.Name}, "v."+fp.goName)
	}
	f.f("}\n\n")
	if (&value{kind: kindStruct, st: s}).owns(map[*structPlan]bool{}) {
		f.f("// close%s gives up the descriptors in v.\nfunc close%s(v *%s) {\n", s.name, s.name, t)
		for _, fp := range s.fields {
			f.close(fp.value, "v."+fp.goName)
		}
		f.f("}\n\n")
	}
}

func (f *file) enter(s *structPlan, by string) {
	if s.recursive {
		f.f("if !%s.Enter(%q) {\nreturn\n}\ndefer %s.Leave()\n", by, s.schema.Name, by)
	}
}

func (f *file) objectHelpers(o *objectPlan) {
	t, wire, capnp := f.typ(o.goType), f.wire(), f.capnp()
	f.f("func put%s(wr *%s.Writer, s %s.Struct, slot uint16, v %s, label string) {\n", o.name, wire, capnp, t)
	if o.self != nil {
		f.f("if v != nil {\nwr.Object(s, slot, new%sObject(v), label)\n}\n}\n\n", upperFirst(o.self.name))
	} else {
		name := strings.ReplaceAll(o.schema.Name, ".", "")
		f.f("switch v := v.(type) {\ncase nil:\ncase *%s%sClient:\nwr.Ref(s, slot, v.Ref(), label)\n", f.proxy(o), name)
		f.f("default:\nwr.Object(s, slot, %sNew%sObject(v, wr.Release(v)), label)\n}\n}\n\n", f.proxy(o), name)
	}
	f.f("func take%s(rd *%s.Reader, s %s.Struct, slot uint16, label string) %s {\n", o.name, wire, capnp, t)
	f.f("ref := rd.Ref(s, slot, label)\nif ref == nil {\nreturn nil\n}\n")
	local := t
	if o.self != nil {
		local = f.typ(o.self.goType)
	}
	f.f("if v, ok := %s.Home(ref).(%s); ok {\nref.Release()\nreturn v\n}\n", wire, local)
	if o.self != nil {
		f.f("return new%s(ref).call\n}\n\n", upperFirst(clientName(o.self)))
	} else {
		f.f("return %sNew%sClient(ref)\n}\n\n", f.proxy(o), strings.ReplaceAll(o.schema.Name, ".", ""))
	}
}
