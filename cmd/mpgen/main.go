package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"

	"capnproto.org/go/capnp/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "mpgen: "+strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "\nmpgen: "))
	fmt.Fprintln(os.Stderr, "hint: "+hintOf(err))
	os.Exit(1)
}

const usage = `Usage: mpgen [-check] [-schema DIR] [-out DIR] [-proxies PATH] [-I DIR]...

Generates the proxies of all *.capnp files in a folder, one Go package for
each file with interfaces that $Proxy.wrap names. Run in the module's root.

`

// options are the command line.
type options struct {
	check    bool
	schema   string
	out      string
	proxies  string
	includes stringList
}

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ",") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	fs := flag.NewFlagSet("mpgen", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // its errors are returned
	fs.BoolVar(&o.check, "check", false, "write nothing; fail and name each file that differs from what would be written")
	fs.StringVar(&o.schema, "schema", "ipc/schema", "folder with the .capnp files")
	fs.StringVar(&o.out, "out", "ipc/proxy", "folder that gets one package per schema file")
	fs.StringVar(&o.proxies, "proxies", "dashmp/ipc/proxy", "import path of the packages for schema files that are only imported")
	fs.Var(&o.includes, "I", "folder to resolve absolute schema imports in (repeatable)")
	fs.Usage = func() {}
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return nil
	} else if err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	files, err := generate(ctx, root, o)
	if err != nil {
		return err
	}
	if o.check {
		return compare(o.out, files)
	}
	return write(o.out, files, stderr)
}

// generate returns the contents of all generated files, by their path below
// the output folder.
func generate(ctx context.Context, root string, o options) (map[string][]byte, error) {
	schema, err := compileSchema(ctx, o)
	if err != nil {
		return nil, err
	}
	g, err := loadGo(ctx, root, goPaths(schema))
	if err != nil {
		return nil, err
	}
	own, err := importPath(ctx, root, o.out)
	if err != nil {
		return nil, err
	}
	return plansToFiles(schema, g, proxyPaths{own: own, imported: o.proxies})
}

// plansToFiles matches and emits every requested file.
func plansToFiles(schema *Schema, g *goPackages, paths proxyPaths) (map[string][]byte, error) {
	var bad problems
	var plans []*plan
	for _, f := range schema.Files {
		if p := match(schema, f, g, paths, &bad); len(p.interfaces) > 0 {
			plans = append(plans, p)
		}
	}
	if err := bad.err(); err != nil {
		return nil, mismatch{err}
	}
	files := map[string][]byte{}
	for _, p := range plans {
		texts, err := emit(p)
		if err != nil {
			return nil, err
		}
		for name, text := range texts {
			files[filepath.Join(p.pkg, name)] = text
		}
	}
	return files, nil
}

// mismatch is a difference between a schema and Go.
type mismatch struct{ error }

func hintOf(err error) string {
	var m mismatch
	var s stale
	switch {
	case errors.As(err, &m):
		return "change the schema and the Go interface together; see cmd/mpgen/doc.go for the mapping"
	case errors.As(err, &s):
		return "run hack/generate and commit what it writes"
	case errors.Is(err, exec.ErrNotFound):
		return "hack/setup --generate installs the Cap'n Proto compiler"
	}
	return "see mpgen -help"
}

// compileSchema runs the Cap'n Proto compiler on the folder's files.
func compileSchema(ctx context.Context, o options) (*Schema, error) {
	paths, err := filepath.Glob(filepath.Join(o.schema, "*.capnp"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no .capnp file in %s", o.schema)
	}
	sort.Strings(paths)
	args := []string{"compile", "-o-"}
	for _, dir := range o.includes {
		args = append(args, "-I"+dir)
	}
	cmd := exec.CommandContext(ctx, "capnp", append(args, paths...)...)
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	if err := cmd.Run(); err != nil {
		if diag.Len() > 0 {
			return nil, fmt.Errorf("capnp compile: %s", bytes.TrimSpace(diag.Bytes()))
		}
		return nil, fmt.Errorf("capnp compile: %w", err)
	}
	msg, err := capnp.NewDecoder(&out).Decode()
	if err != nil {
		return nil, fmt.Errorf("capnp compile: %w", err)
	}
	// The compiler is ours to trust, and its output large for what a stranger
	// could send.
	msg.ResetReadLimit(1 << 40)
	lines := lineFinder{}
	for _, p := range paths {
		lines.read(p)
	}
	s, err := decodeSchema(msg, lines)
	if err != nil {
		return nil, fmt.Errorf("capnp compile: %w", err)
	}
	return s, nil
}

// goPaths are the packages that the schemas name, and ipc.
func goPaths(s *Schema) []string {
	set := map[string]bool{ipcPath: true}
	for _, it := range s.interfaces {
		if p := wrapPackage(it.Wrap); p != "" {
			set[p] = true
		}
	}
	var out []string
	for p := range set {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// importPath is the import path of a folder of the module.
func importPath(ctx context.Context, root, dir string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}}").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || strings.HasPrefix(rel, "..") {
		return "", fmt.Errorf("-out %s is outside the module", dir)
	}
	return strings.TrimSpace(string(out)) + "/" + filepath.ToSlash(rel), nil
}
