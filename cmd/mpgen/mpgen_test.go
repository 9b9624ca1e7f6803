package main

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inRoot runs the test in the module's root, as mpgen runs.
func inRoot(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("capnp"); err != nil {
		t.Skip("the Cap'n Proto compiler is missing; hack/setup --generate installs it")
	}
	root, err := moduleRoot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
}

var (
	contracts = options{schema: "ipc/schema", out: "ipc/proxy", proxies: "dashmp/ipc/proxy"}
	fixtures  = options{
		schema: "ipc/proxy/internal/fixture", out: "ipc/proxy/internal/fixture",
		proxies: "dashmp/ipc/proxy", includes: stringList{"ipc/schema"},
	}
)

func generated(t *testing.T, o options) map[string][]byte {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(t.Context(), root, o)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The committed proxies are the golden files: of the contracts, and of a
// fixture with every type. hack/generate rewrites them.
func TestGolden(t *testing.T) {
	inRoot(t)
	for _, o := range []options{contracts, fixtures} {
		files := generated(t, o)
		for name, want := range files {
			have, err := os.ReadFile(filepath.Join(o.out, name))
			if err != nil {
				t.Error(err)
				continue
			}
			if d := cmp.Diff(string(have), string(want)); d != "" {
				t.Errorf("%s: committed -, generated +:\n%s", name, d)
			}
		}
		for name, again := range generated(t, o) {
			if !bytes.Equal(again, files[name]) {
				t.Errorf("%s differs between two runs", name)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	inRoot(t)
	files := generated(t, fixtures)
	fresh := func(t *testing.T) string {
		dir := t.TempDir()
		if err := write(dir, files, new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	if err := compare(fresh(t), files); err != nil {
		t.Fatalf("fresh files are refused: %v", err)
	}
	cases := []struct {
		name string
		edit func(dir string) error
		want string
	}{
		{"edited", func(dir string) error {
			path := filepath.Join(dir, "fixtureproxy", "types.go")
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, bytes.Replace(text, []byte("Uint64(24)"), []byte("Uint64(16)"), 1), 0o644)
		}, "types.go is stale"},
		{"removed", func(dir string) error {
			return os.Remove(filepath.Join(dir, "fixtureproxy", "tell.go"))
		}, "tell.go is missing"},
		{"left over", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "fixtureproxy", "old.go"), []byte(header), 0o644)
		}, "old.go is no longer generated"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := fresh(t)
			if err := c.edit(dir); err != nil {
				t.Fatal(err)
			}
			err := compare(dir, files)
			if err == nil || !strings.Contains(err.Error(), c.want) || hintOf(err) == "" {
				t.Errorf("got %v, want %q and a hint", err, c.want)
			}
			if err := write(dir, files, new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
			if err := compare(dir, files); err != nil {
				t.Errorf("after writing: %v", err)
			}
		})
	}
}

// Files that people write beside generated ones, such as tests, are theirs.
func TestWriteKeepsOtherFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "xproxy", "x_test.go")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("package xproxy\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(dir, nil, new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	if err := compare(dir, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestCommandLine(t *testing.T) {
	inRoot(t)
	cases := []struct {
		name string
		args []string
		want string // in the error, or in the output where there is none
	}{
		{"help", []string{"-help"}, "-check"},
		{"check", []string{"-check"}, ""},
		{"unknown option", []string{"-what"}, "not defined: -what"},
		{"argument", []string{"x"}, `unexpected argument "x"`},
		{"no schema", []string{"-schema", "hack"}, "no .capnp file in hack"},
		{"outside", []string{"-out", "/tmp"}, "outside the module"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), c.args, &stdout, &stderr)
			said := stdout.String()
			if err != nil {
				said += err.Error()
			}
			if !strings.Contains(said, c.want) || c.want == "" && err != nil {
				t.Errorf("got %q and %v, want %q", said, err, c.want)
			}
		})
	}
}

// contract makes a schema and a Go package out of their bodies and plans them.
func contract(t *testing.T, g *goPackages, schemaBody, goBody string) error {
	t.Helper()
	dir := t.TempDir()
	text := "@0xd00d5ee1a11fe000;\nusing Proxy = import \"/proxy.capnp\";\nusing Common = import \"/common.capnp\";\n" + schemaBody
	path := filepath.Join(dir, "x.capnp")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := compileSchema(t.Context(), options{schema: dir, includes: stringList{"ipc/schema"}})
	if err != nil {
		return err
	}
	delete(g.done, "test/x")
	src := "package x\nimport (\n\"context\"\n\"dashmp/ipc\"\n)\nvar _ context.Context\nvar _ ipc.FD\n" + goBody
	f, err := parser.ParseFile(g.fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.check("test/x", []*ast.File{f}); err != nil {
		t.Fatal(err)
	}
	_, err = plansToFiles(s, g, proxyPaths{own: "test/proxy", imported: "dashmp/ipc/proxy"})
	return err
}

func loadIPC(t *testing.T) *goPackages {
	t.Helper()
	inRoot(t)
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	g, err := loadGo(t.Context(), root, []string{ipcPath})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Context is what every method of the tests takes.
const ctxParam = "context :Proxy.Context"

func TestMismatches(t *testing.T) {
	g := loadIPC(t)
	iface := func(methods string) string {
		return "interface X $Proxy.wrap(\"test/x.X\") {\n" + methods + "\n}\n"
	}
	one := iface("do @0 (" + ctxParam + ", a :Int32) -> (result :Text);")
	ok := "type X interface { Do(ctx context.Context, a int32) (string, error) }"
	if err := contract(t, g, one, ok); err != nil {
		t.Fatalf("the control is refused: %v", err)
	}
	param := func(typ string) string { return iface("do @0 (" + ctxParam + ", a :" + typ + ") -> ();") }
	takes := func(typ string) string {
		return "type X interface { Do(ctx context.Context, a " + typ + ") error }\n"
	}
	cases := []struct {
		name, schema, golang string
		want                 []string
	}{
		{"method missing in Go", iface("do @0 (" + ctxParam + ") -> ();\nmore @1 (" + ctxParam + ") -> ();"),
			"type X interface { Do(ctx context.Context) error }", []string{"x.capnp:6", "X.more @1", "test/x.X", "x.go:8"}},
		{"method missing in the schema", one,
			"type X interface { Do(ctx context.Context, a int32) (string, error); More(ctx context.Context) error }",
			[]string{"x.go:8", "More", "no counterpart in schema interface X", "x.capnp:4"}},
		{"parameter missing in Go", one, "type X interface { Do(ctx context.Context) (string, error) }",
			[]string{"x.capnp:5", "field a", "x.go:8"}},
		{"parameter missing in the schema", one,
			"type X interface { Do(ctx context.Context, a int32, b bool) (string, error) }", []string{"x.go:8", "Go's b", "x.capnp:5"}},
		{"result missing in Go", one, "type X interface { Do(ctx context.Context, a int32) error }",
			[]string{"field result has no counterpart"}},
		{"result of another name", one, "type X interface { Do(ctx context.Context, a int32) (text string, err error) }",
			[]string{"field result has no counterpart", "Go's text has no counterpart"}},
		{"type", one, "type X interface { Do(ctx context.Context, a int64) (string, error) }",
			[]string{"x.capnp:5", "a is Int32 in the schema and int64 in Go", "x.go:8"}},
		{"signedness", param("UInt16"), takes("int16"), []string{"UInt16", "int16"}},
		{"int width", param("Int32"), takes("int"), []string{"Int32", "int in Go"}},
		{"text as bytes", param("Text"), takes("[]byte"), []string{"Text", "[]byte"}},
		{"array as list", param("List(UInt8)"), takes("[4]byte"), []string{"List(UInt8)", "[4]byte"}},
		{"array of numbers", param("Data"), takes("[4]uint16"), []string{"Data", "[4]uint16"}},
		{"list element", param("List(Text)"), takes("[]bool"), []string{"List(Text)", "element: the types differ"}},
		{"list of optionals", param("List(Text)"), takes("[]*string"), []string{"elements cannot be optional"}},
		{"list of Void", param("List(Void)"), takes("[]struct{}"), []string{"list of Void"}},
		{"list of empty structs", param("List(E)") + "struct E {}\n", takes("[]E") + "type E struct{}", []string{"list of empty structs"}},
		{"map", param("List(Text)"), takes("map[string]string"), []string{"map[string]string"}},
		{"any", param("AnyPointer"), takes("any"), []string{"AnyPointer", "any"}},
		{"pointer to slice", param("Data"), takes("*[]byte"), []string{"a pointer to []byte cannot be carried"}},
		{"optional without flag", param("Int32"), takes("*int32"), []string{"needs hasA :Bool"}},
		{"flag without optional", iface("do @0 (" + ctxParam + ", a :Int32, hasA :Bool) -> ();"), takes("int32"),
			[]string{"schema field hasA has no counterpart"}},
		{"default", param("Int32 = 5"), takes("int32"), []string{"defaults are not supported", "x.capnp:5"}},
		{"descriptor as secret", param("Common.Secret"), takes("ipc.FD"), []string{"Secret stands for dashmp/ipc.Secret"}},
		{"struct field missing in Go", param("S") + "struct S { a @0 :Int32;\n b @1 :Text; }\n",
			takes("S") + "type S struct { A int32 }", []string{"x.capnp:8", "S: schema field b", "x.go:9"}},
		{"struct field missing in the schema", param("S") + "struct S { a @0 :Int32; }\n",
			takes("S") + "type S struct { A int32; B string }", []string{"x.go:9", "Go's B", "expected a field b", "x.capnp:7"}},
		{"unexported field", param("S") + "struct S { a @0 :Int32; }\n", takes("S") + "type S struct { a int32 }", []string{"unexported"}},
		{"unnamed struct", param("S") + "struct S { a @0 :Int32; }\n", takes("struct{ A int32 }"), []string{"needs a name"}},
		{"union", param("S") + "struct S { union { a @0 :Int32; b @1 :Int32; } }\n",
			takes("S") + "type S struct { A int32 }", []string{"it has a union"}},
		{"group", param("S") + "struct S { g :group { a @0 :Int32; } }\n",
			takes("S") + "type S struct { G int32 }", []string{"field g is a group"}},
		{"enum without constant", param("E") + "enum E { one @0;\n two @1; }\n",
			takes("E") + "type E uint8\nconst One E = 0", []string{"enumerant two of E", "x.capnp:7"}},
		{"constant without enumerant", param("E") + "enum E { one @0; }\n",
			takes("E") + "type E uint8\nconst One, Two E = 0, 1", []string{"Two (x.go:10) is not in enum E"}},
		{"enum of another value", param("E") + "enum E { one @0;\n two @1; }\n",
			takes("E") + "type E uint8\nconst One, Two E = 1, 0", []string{"One is 1 in Go (x.go:10) and 0 in enum E"}},
		{"enum as plain integer", param("E") + "enum E { one @0; }\n", takes("uint16"), []string{"named Go type"}},
		{"no context in Go", one, "type X interface { Do(a int32) (string, error) }", []string{"must be a context.Context", "x.go:8", "x.capnp:5"}},
		{"no context in the schema", iface("do @0 (a :Int32) -> ();"), takes("int32"), []string{"x.capnp:5", "context :Proxy.Context"}},
		{"context last", iface("do @0 (a :Int32, " + ctxParam + ") -> ();"), takes("int32"), []string{"the first parameter must be context"}},
		{"no error", one, "type X interface { Do(ctx context.Context, a int32) string }", []string{"must be an error", "x.go:8"}},
		{"variadic", param("List(Text)"), takes("...string"), []string{"variadic"}},
		{"unnamed parameter", one, "type X interface { Do(context.Context, int32) (string, error) }", []string{"parameter 1 needs a name"}},
		{"unexported method", one, ok[:len(ok)-1] + "; hidden() }", []string{"X.hidden is unexported"}},
		{"reserved method", iface("close @0 (" + ctxParam + ") -> ();"), "type X interface { Close(ctx context.Context) error }",
			[]string{"Close: the name belongs to the generated client"}},
		{"destroy with parameters", iface("destroy @0 (" + ctxParam + ", a :Int32) -> ();"), "type X interface {}",
			[]string{"x.capnp:5", "must be destroy (context :Proxy.Context) -> ()"}},
		{"no such Go type", one, "type Y interface {}", []string{"x.capnp:4", "package test/x has no X"}},
		{"not an interface", one, "type X struct{}", []string{"test/x.X (x.go:8) is not an interface"}},
		{"no such package", "interface X $Proxy.wrap(\"no/such.X\") {}", "", []string{"no/such not found"}},
		{"wrap without a package", "interface X $Proxy.wrap(\"X\") {}", "", []string{"import/path.Name"}},
		{"callback with two methods", param("C") + "interface C { call @0 (" + ctxParam + ") -> ();\nother @1 (" + ctxParam + ") -> (); }\n",
			takes("func(ctx context.Context) error"), []string{"single method call", "x.capnp:7"}},
		{"callback without call", param("C") + "interface C {}\n", takes("func(ctx context.Context) error"), []string{"needs a method call"}},
		{"callback of another type", param("C") + "interface C { call @0 (" + ctxParam + ", b :Bool) -> (); }\n",
			takes("func(ctx context.Context) error"), []string{"C.call: schema field b", "x.capnp:7"}},
		{"callback for an interface", param("C") + "interface C { call @0 (" + ctxParam + ") -> (); }\n", takes("X"),
			[]string{"C stands for a function"}},
		{"extends", one + "interface Y extends(X) {}\n", ok, []string{"extends"}},
		{"ordinal gap in methods", iface("do @1 (" + ctxParam + ", a :Int32) -> (result :Text);"), ok, []string{"x.capnp:5", "Skipped ordinal"}},
		{"ordinal gap in fields", param("S") + "struct S { a @1 :Int32; }\n", takes("S") + "type S struct { A int32 }",
			[]string{"x.capnp:7", "Skipped ordinal"}},
		{"duplicate ordinal", param("S") + "struct S { a @0 :Int32; b @0 :Int32; }\n", takes("S") + "type S struct { A, B int32 }",
			[]string{"x.capnp:7", "Duplicate ordinal"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := contract(t, g, c.schema, c.golang)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
		})
	}
}

// All that does not match is named in one run.
func TestMismatchesAreCollected(t *testing.T) {
	g := loadIPC(t)
	err := contract(t, g, "interface X $Proxy.wrap(\"test/x.X\") {\na @0 ("+ctxParam+") -> ();\nb @1 ("+ctxParam+") -> ();\n}\n",
		"type X interface { C(ctx context.Context) error }")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
	if hintOf(err) == "" {
		t.Error("no hint")
	}
}

func TestLowerCamel(t *testing.T) {
	for goName, want := range map[string]string{
		"Echo": "echo", "ExecuteRPC": "executeRPC", "RPCRequest": "rpcRequest", "ID": "id", "PSBT": "psbt",
		"Uint8": "uint8", "A": "a", "UTXOSet": "utxoSet", "already": "already", "": "",
	} {
		if got := lowerCamel(goName); got != want {
			t.Errorf("lowerCamel(%q) = %q, want %q", goName, got, want)
		}
	}
}

func TestLocalNames(t *testing.T) {
	v := func(name string) *types.Var { return types.NewParam(0, nil, name, types.Typ[types.Int]) }
	sig := types.NewSignatureType(nil, nil, nil,
		types.NewTuple(v("c"), v("wr"), v("node"), v("len"), v("fine"), v("e0"), v("result")),
		types.NewTuple(v(""), v("error")), false)
	params, results := localNames(sig, map[string]string{"dashmp/node": "node"})
	if d := cmp.Diff([]string{"ctx", "wr_", "node_", "len_", "fine", "e0_", "result"}, params); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"result_", "err"}, results); d != "" {
		t.Error(d)
	}
}
