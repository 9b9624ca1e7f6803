package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goPackages gives the packages that schemas name. Packages of this module are
// type-checked from their source without function bodies, so that proxies can
// be generated while other files do not compile; all others are read from the
// export data of the build cache.
type goPackages struct {
	fset   *token.FileSet
	root   string // folder that positions are shown relative to
	listed map[string]*listed
	done   map[string]*types.Package
	export types.Importer
}

// listed is what "go list" says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	CgoFiles   []string
	Module     *struct{ Main bool }
	Error      *struct{ Err string }
}

func (l *listed) local() bool { return l.Module != nil && l.Module.Main }

// loadGo finds paths and everything they import.
func loadGo(ctx context.Context, dir string, paths []string) (*goPackages, error) {
	const fields = "-json=ImportPath,Dir,Export,GoFiles,CgoFiles,Module,Error"
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-export", "-deps", "-e", fields, "--"}, paths...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	g := &goPackages{fset: token.NewFileSet(), root: dir, listed: map[string]*listed{}, done: map[string]*types.Package{}}
	g.export = importer.ForCompiler(g.fset, "gc", g.openExport)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return g, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		g.listed[p.ImportPath] = &p
	}
}

func (g *goPackages) openExport(path string) (io.ReadCloser, error) {
	if p := g.listed[path]; p != nil && p.Export != "" {
		return os.Open(p.Export)
	}
	return nil, fmt.Errorf("no export data for %s", path)
}

// Import implements types.Importer.
func (g *goPackages) Import(path string) (*types.Package, error) {
	if p := g.done[path]; p != nil {
		return p, nil
	}
	l := g.listed[path]
	switch {
	case path == "unsafe":
		return types.Unsafe, nil
	case l == nil:
		return nil, fmt.Errorf("package %s not found", path)
	case !l.local():
		return g.export.Import(path)
	case len(l.GoFiles)+len(l.CgoFiles) == 0 && l.Error != nil:
		return nil, errors.New(strings.TrimSpace(l.Error.Err))
	}
	var files []*ast.File
	for _, name := range append(l.GoFiles, l.CgoFiles...) {
		f, err := parser.ParseFile(g.fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return g.check(path, files)
}

// check type-checks declarations. Errors are left to the Go compiler: what a
// contract uses and cannot be resolved shows as a mismatch with the schema.
func (g *goPackages) check(path string, files []*ast.File) (*types.Package, error) {
	conf := types.Config{Importer: g, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
	p, err := conf.Check(path, g.fset, files, nil)
	if p == nil {
		return nil, err
	}
	g.done[path] = p
	return p, nil
}

// wrapped resolves "import/path.Name".
func (g *goPackages) wrapped(name string) (types.Object, error) {
	path := wrapPackage(name)
	if path == "" {
		return nil, fmt.Errorf("%q is not of the form import/path.Name", name)
	}
	pkg, err := g.Import(path)
	if err != nil {
		return nil, err
	}
	obj := pkg.Scope().Lookup(name[len(path)+1:])
	if obj == nil {
		return nil, fmt.Errorf("package %s has no %s", path, name[len(path)+1:])
	}
	return obj, nil
}

// place is where obj is declared, for messages.
func (g *goPackages) place(obj types.Object) string {
	p := g.fset.Position(obj.Pos())
	if !p.IsValid() {
		return obj.Name()
	}
	if rel, err := filepath.Rel(g.root, p.Filename); err == nil && !strings.HasPrefix(rel, "..") {
		p.Filename = rel
	}
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// wrapPackage is the import path in a $Proxy.wrap, "" if it has none.
func wrapPackage(wrap string) string {
	dot := strings.LastIndexByte(wrap, '.')
	if dot <= strings.LastIndexByte(wrap, '/') {
		return ""
	}
	return wrap[:dot]
}
