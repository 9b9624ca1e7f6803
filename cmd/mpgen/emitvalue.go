package main

import (
	"fmt"
	"strconv"

	"capnproto.org/go/capnp/v3"
)

// place is where a value lies: in the struct named by the expression s, at
// offset at (in units of the value's own size, or a pointer index), called
// label in errors.
type place struct {
	s     string
	at    uint32
	label string
}

func (p place) quoted() string { return strconv.Quote(p.label) }

// shape is the wire.Shape of a list of v.
func (f *file) shape(v *value) string {
	w := f.wire() + "."
	switch v.kind {
	case kindBool:
		return w + "Bits"
	case kindInt, kindFloat:
		return w + map[int]string{8: "One", 16: "Two", 32: "Four", 64: "Eight"}[v.bits]
	case kindEnum:
		return w + "Two"
	}
	return w + "Pointers"
}

// size spells a capnp.ObjectSize.
func (f *file) size(s capnp.ObjectSize) string {
	return fmt.Sprintf("%s.ObjectSize{DataSize: %d, PointerCount: %d}", f.capnp(), s.DataSize, s.PointerCount)
}

// write emits code that puts expr, which is addressable, into p. wr is a
// *wire.Writer or an addressable wire.Writer.
func (f *file) write(v *value, p place, expr string) {
	switch v.kind {
	case kindBool:
		f.f("%s.SetBit(%d, %s)\n", p.s, p.at, convert(v, "bool", expr))
	case kindInt:
		f.f("%s.SetUint%d(%d, %s)\n", p.s, v.bits, p.at*uint32(v.bits)/8, convert(v, fmt.Sprintf("uint%d", v.bits), expr))
	case kindFloat:
		f.f("%s.SetUint%d(%d, %s.Float%dbits(%s))\n", p.s, v.bits, p.at*uint32(v.bits)/8, f.use("math", "math"), v.bits, convert(v, fmt.Sprintf("float%d", v.bits), expr))
	case kindEnum:
		f.f("wr.Enum(%s, %d, uint64(%s), %d, %s)\n", p.s, p.at*2, expr, len(v.enum.Names), p.quoted())
	case kindText:
		method := "Text"
		if v.optional {
			method = "SomeText"
		}
		f.f("wr.%s(%s, %d, %s, %s)\n", method, p.s, p.at, convert(v, "string", expr), p.quoted())
	case kindData:
		f.f("wr.Data(%s, %d, %s, %s)\n", p.s, p.at, expr, p.quoted())
	case kindArray:
		f.f("wr.Data(%s, %d, %s[:], %s)\n", p.s, p.at, operand(expr), p.quoted())
	case kindStruct:
		f.f("if st := wr.Struct(%s, %d, %s, %s); st.IsValid() {\nwrite%s(%s, st, %s)\n}\n",
			p.s, p.at, f.size(v.st.schema.Size), p.quoted(), v.st.name, f.wr(), address(expr))
	case kindList:
		f.writeList(v, p, expr)
	case kindObject:
		f.f("put%s(%s, %s, %d, %s, %s)\n", v.obj.name, f.wr(), p.s, p.at, expr, p.quoted())
	case kindFD:
		f.f("wr.FD(%s, %d, %s, %s)\n", p.s, p.at, expr, p.quoted())
	case kindSecret:
		f.f("wr.Secret(%s, %d, %s, %s)\n", p.s, p.at, expr, p.quoted())
	case kindBulk:
		f.f("wr.Bulk(%s, %d, %s, %s)\n", p.s, p.at, expr, p.quoted())
	}
}

// wr and rd are the Writer and the Reader as an argument: a pointer inside the
// helpers, a variable in methods.
func (f *file) wr() string { return map[bool]string{true: "wr", false: "&wr"}[f.helper] }
func (f *file) rd() string { return map[bool]string{true: "rd", false: "&rd"}[f.helper] }

func (f *file) writeList(v *value, p place, expr string) {
	i, l := f.loop("i"), f.loop("l")
	f.loops++
	f.f("if %s != nil {\n", expr)
	if v.elem.kind == kindStruct {
		f.f("%s := wr.Structs(%s, %d, %s, len(%s), %s)\n", l, p.s, p.at, f.size(v.elem.st.schema.Size), expr, p.quoted())
	} else {
		f.f("%s := wr.List(%s, %d, %s, len(%s), %s)\n", l, p.s, p.at, f.shape(v.elem), expr, p.quoted())
	}
	f.f("if %s.IsValid() {\nfor %s := range %s {\n", l, i, expr)
	elem := fmt.Sprintf("%s[%s]", expr, i)
	switch v.elem.kind {
	case kindBool:
		f.f("%s.BitList(%s).Set(%s, %s)\n", f.capnp(), l, i, convert(v.elem, "bool", elem))
	case kindStruct:
		f.f("write%s(%s, %s.Struct(%s), &%s)\n", v.elem.st.name, f.wr(), l, i, elem)
	default:
		f.write(v.elem, place{s: fmt.Sprintf("%s.Struct(%s)", l, i), label: p.label}, elem)
	}
	f.f("}\n}\n}\n")
	f.loops--
}

// read emits code that takes a value out of p into the lvalue dst.
func (f *file) read(v *value, p place, dst string) {
	t := f.typ(v.goType)
	switch v.kind {
	case kindBool:
		f.f("%s = %s\n", dst, convertTo(t, "bool", fmt.Sprintf("%s.Bit(%d)", p.s, p.at)))
	case kindInt:
		f.readInt(v, p, dst, t)
	case kindFloat:
		get := fmt.Sprintf("%s.Float%dfrombits(%s.Uint%d(%d))", f.use("math", "math"), v.bits, p.s, v.bits, p.at*uint32(v.bits)/8)
		f.f("%s = %s\n", dst, convertTo(t, fmt.Sprintf("float%d", v.bits), get))
	case kindEnum:
		f.f("%s = %s(rd.Enum(%s, %d, %d, %s))\n", dst, t, p.s, p.at*2, len(v.enum.Names), p.quoted())
	case kindText:
		f.f("%s = %s\n", dst, convertTo(t, "string", fmt.Sprintf("rd.Text(%s, %d, %s)", p.s, p.at, p.quoted())))
	case kindData:
		f.f("%s = rd.Data(%s, %d, %s)\n", dst, p.s, p.at, p.quoted())
	case kindArray:
		f.f("rd.Fixed(%s, %d, %s[:], %s)\n", p.s, p.at, operand(dst), p.quoted())
	case kindStruct:
		f.f("read%s(%s, rd.Struct(%s, %d, %s), %s)\n", v.st.name, f.rd(), p.s, p.at, p.quoted(), address(dst))
	case kindList:
		f.readList(v, p, dst)
	case kindObject:
		f.f("%s = take%s(%s, %s, %d, %s)\n", dst, v.obj.name, f.rd(), p.s, p.at, p.quoted())
	case kindFD:
		f.f("%s = rd.FD(%s, %d, %s)\n", dst, p.s, p.at, p.quoted())
	case kindSecret:
		f.f("%s = rd.Secret(%s, %d, %s)\n", dst, p.s, p.at, p.quoted())
	case kindBulk:
		f.f("%s = rd.Bulk(%s, %d, %s)\n", dst, p.s, p.at, p.quoted())
	}
}

func (f *file) readInt(v *value, p place, dst, t string) {
	off := p.at * uint32(v.bits) / 8
	switch {
	case v.platform && v.signed:
		f.f("%s = %s\n", dst, convertTo(t, "int", fmt.Sprintf("rd.Int(%s, %d, %s)", p.s, off, p.quoted())))
	case v.platform:
		f.f("%s = %s\n", dst, convertTo(t, "uint", fmt.Sprintf("rd.Uint(%s, %d, %s)", p.s, off, p.quoted())))
	default:
		f.f("%s = %s\n", dst, convertTo(t, fmt.Sprintf("uint%d", v.bits), fmt.Sprintf("%s.Uint%d(%d)", p.s, v.bits, off)))
	}
}

func (f *file) readList(v *value, p place, dst string) {
	i, l, e := f.loop("i"), f.loop("l"), f.loop("e")
	f.loops++
	if v.elem.kind == kindStruct {
		size := v.elem.st.schema.Size
		f.f("if %s := rd.Structs(%s, %d, %d, %s); %s.IsValid() {\n", l, p.s, p.at, int(size.DataSize)+8*int(size.PointerCount), p.quoted(), l)
	} else {
		f.f("if %s := rd.List(%s, %d, %s, %s); %s.IsValid() {\n", l, p.s, p.at, f.shape(v.elem), p.quoted(), l)
	}
	f.f("%s := make(%s, %s.Len())\n", e, f.typ(v.goType), l)
	f.f("for %s := range %s {\n", i, e)
	elem := fmt.Sprintf("%s[%s]", e, i)
	switch {
	case v.elem.kind == kindBool:
		f.f("%s = %s\n", elem, convertTo(f.typ(v.elem.goType), "bool", fmt.Sprintf("%s.BitList(%s).At(%s)", f.capnp(), l, i)))
	case v.elem.kind == kindStruct:
		f.stopOnFailure()
		f.f("read%s(%s, %s.Struct(%s), &%s)\n", v.elem.st.name, f.rd(), l, i, elem)
	default:
		if v.elem.pointer() {
			f.stopOnFailure()
		}
		f.read(v.elem, place{s: fmt.Sprintf("%s.Struct(%s)", l, i), label: p.label}, elem)
	}
	f.f("}\n%s = %s\n}\n", dst, e)
	f.loops--
}

func (f *file) stopOnFailure() { f.f("if rd.Failed() {\nbreak\n}\n") }

// loop returns a variable name for the current loop nesting.
func (f *file) loop(name string) string {
	if f.loops == 0 {
		return name + "0"
	}
	return name + strconv.Itoa(f.loops)
}

// close emits code that gives up the descriptors in expr.
func (f *file) close(v *value, expr string) {
	if !v.owns(map[*structPlan]bool{}) {
		return
	}
	switch v.kind {
	case kindFD, kindSecret, kindBulk:
		f.f("%s.Close()\n", expr)
	case kindStruct:
		if v.optional {
			f.f("if %s != nil {\nclose%s(%s)\n}\n", expr, v.st.name, expr)
			return
		}
		f.f("close%s(&%s)\n", v.st.name, expr)
	case kindList:
		i := f.loop("i")
		f.loops++
		f.f("for %s := range %s {\n", i, expr)
		f.close(v.elem, fmt.Sprintf("%s[%s]", expr, i))
		f.f("}\n")
		f.loops--
	}
}

// address is &expr, operand an expr that can be sliced; optional values come
// as *pointer.
func address(expr string) string {
	if expr[0] == '*' {
		return expr[1:]
	}
	return "&" + expr
}

func operand(expr string) string {
	if expr[0] == '*' {
		return "(" + expr + ")"
	}
	return expr
}

// convert converts an expression of v's type to the basic type t.
func convert(v *value, t, expr string) string { return convertTo(t, v.goType.String(), expr) }

// convertTo converts an expression of type from to the type t.
func convertTo(t, from, expr string) string {
	if t == from {
		return expr
	}
	return t + "(" + expr + ")"
}

// writeField and readField add what optional values need.
func (f *file) writeField(fp *fieldPlan, p place, expr string) {
	if !fp.value.optional {
		f.write(fp.value, p, expr)
		return
	}
	f.f("if %s != nil {\n", expr)
	if fp.has >= 0 {
		f.f("%s.SetBit(%d, true)\n", p.s, fp.has)
	}
	f.write(fp.value, p, "*"+expr)
	f.f("}\n")
}

func (f *file) readField(fp *fieldPlan, p place, dst string) {
	if !fp.value.optional {
		f.read(fp.value, p, dst)
		return
	}
	if fp.has >= 0 {
		f.f("if %s.Bit(%d) {\n", p.s, fp.has)
	} else {
		f.f("if !rd.Failed() && %s.HasPtr(%d) {\n", p.s, p.at)
	}
	f.f("%s = new(%s)\n", dst, f.typ(fp.value.goType))
	f.read(fp.value, p, "*"+dst)
	f.f("}\n")
}
