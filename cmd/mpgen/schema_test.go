package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"capnproto.org/go/capnp/v3"
	"github.com/google/go-cmp/cmp"
)

// Ids and ordinals that Dash Core v23.1 and libmultiprocess publish
// (src/ipc/capnp/init.capnp, echo.capnp; include/mp/proxy.capnp). Their
// processes and clients work with ours only as long as these hold.
func TestPublishedWire(t *testing.T) {
	inRoot(t)
	s, err := compileSchema(t.Context(), contracts)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]uint64{}
	for _, f := range s.Files {
		files[f.Base] = f.ID
	}
	for base, id := range map[string]uint64{
		"proxy": 0xcc316e3f71a040fb, "init": 0xf2c5cfa319406aa6, "echo": 0x888b4f7f51e691f7,
	} {
		if files[base] != id {
			t.Errorf("file %s.capnp has id %#x, want %#x", base, files[base], id)
		}
	}
	type methods map[string]int
	for _, want := range []struct {
		name    string
		id      uint64
		methods methods
	}{
		{"Init", 0x8838c700ba5cba65, methods{"construct": 0, "makeEcho": 1}},
		{"Echo", 0xd36b89640dc94399, methods{"destroy": 0, "echo": 1}},
		{"ThreadMap", 0xee5e37179ad9dc9d, methods{"makeThread": 0}},
		{"Thread", 0x81c1e2600d0b56c5, methods{"getName": 0}},
	} {
		it := s.interfaces[want.id]
		if it == nil || it.Name != want.name {
			t.Errorf("no interface %s with id %#x", want.name, want.id)
			continue
		}
		got := methods{}
		for ord, m := range it.Methods {
			got[m.Short] = ord
		}
		if d := cmp.Diff(want.methods, got); d != "" {
			t.Errorf("%s: %s", want.name, d)
		}
	}
	ctx := s.structs[contextID]
	if ctx == nil || ctx.Name != "Context" || ctx.Size.PointerCount != 2 || ctx.Size.DataSize != 0 {
		t.Fatalf("Context is %+v", ctx)
	}
	if ctx.Fields[0].Short != "thread" || ctx.Fields[0].Offset != 0 || ctx.Fields[1].Short != "callbackThread" || ctx.Fields[1].Offset != 1 {
		t.Error("Context's fields have moved")
	}
	for _, f := range [][2]string{{"Init.makeEcho(context)", "Context"}, {"Echo.echo(echo)", "Text"}} {
		found := false
		for _, it := range s.interfaces {
			for _, m := range it.Methods {
				for _, p := range m.Params.Fields {
					found = found || p.Name == f[0] && s.typeString(p.Type) == f[1]
				}
			}
		}
		if !found {
			t.Errorf("%s is not a %s", f[0], f[1])
		}
	}
}

func TestScanLines(t *testing.T) {
	const text = `# struct No { x @0 :Text; }
struct Outer {
  a @0 :Text = "b @1 {";
  struct Inner { c @0 :Int8; }
  interface
    Deep $note("x") {
      do @0 (struct :Int8, d :Text)
        -> ();
  }
}
enum E { one @0; two @1; }`
	want := map[string]int{
		"Outer": 2, "Outer.a": 3, "Outer.Inner": 4, "Outer.Inner.c": 4, "Outer.Deep": 6, "Outer.Deep.do": 7,
		"E": 11, "E.one": 11, "E.two": 11,
	}
	if d := cmp.Diff(want, scanLines(text)); d != "" {
		t.Error(d)
	}
}

func FuzzScanLines(f *testing.F) {
	f.Add("struct A { b @0 :Text; }")
	f.Add("interface \"{@0#}\n")
	f.Fuzz(func(t *testing.T, text string) {
		last := bytes.Count([]byte(text), []byte("\n")) + 1
		for name, line := range scanLines(text) {
			if line < 1 || line > last {
				t.Errorf("%q is at line %d of %d", name, line, last)
			}
		}
	})
}

func FuzzDecodeSchema(f *testing.F) {
	if out, err := exec.Command("capnp", "compile", "-o-", "../../ipc/schema/proxy.capnp", "../../ipc/schema/echo.capnp").Output(); err == nil {
		f.Add(out)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		msg, err := capnp.Unmarshal(raw)
		if err != nil {
			return
		}
		// A bad request may be refused; it must not hang or panic.
		s, err := decodeSchema(msg, lineFinder{})
		if err == nil && s == nil {
			t.Error("neither a schema nor an error")
		}
	})
}

// A schema file that the compiler read and we cannot has no lines, no error.
func TestLinesOfAMissingFile(t *testing.T) {
	l := lineFinder{}
	l.read(t.TempDir() + "/none.capnp")
	if _, err := os.Stat("none.capnp"); err == nil || l.find("none.capnp", "X") != 0 {
		t.Error("a file that does not exist has lines")
	}
}
