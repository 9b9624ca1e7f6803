package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goPackages gives the type-checked packages that schemas name. It reads the
// export data of the Go build cache, which has parameter names and positions.
type goPackages struct {
	fset *token.FileSet
	imp  types.Importer
	root string // folder that positions are shown relative to
}

// listed is what "go list -export -json" says of a package.
type listed struct {
	ImportPath string
	Export     string
	Error      *struct{ Err string }
}

// loadGo compiles paths and what they import, and returns an importer of them.
func loadGo(ctx context.Context, dir string, paths []string) (*goPackages, error) {
	args := append([]string{"list", "-export", "-deps", "-e", "-json=ImportPath,Export,Error", "--"}, paths...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	files := map[string]string{}
	var broken []string
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Error != nil {
			broken = append(broken, p.ImportPath+": "+strings.TrimSpace(p.Error.Err))
		}
		files[p.ImportPath] = p.Export
	}
	if len(broken) > 0 {
		return nil, fmt.Errorf("go list: %s", strings.Join(broken, "\n"))
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(files[path])
	}
	fset := token.NewFileSet()
	return &goPackages{fset: fset, imp: importer.ForCompiler(fset, "gc", lookup), root: dir}, nil
}

// wrapped resolves "import/path.Name".
func (g *goPackages) wrapped(name string) (types.Object, error) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= strings.LastIndexByte(name, '/') {
		return nil, fmt.Errorf("%q is not of the form import/path.Name", name)
	}
	pkg, err := g.imp.Import(name[:dot])
	if err != nil {
		return nil, err
	}
	obj := pkg.Scope().Lookup(name[dot+1:])
	if obj == nil {
		return nil, fmt.Errorf("Go package %s has no %s", name[:dot], name[dot+1:])
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
