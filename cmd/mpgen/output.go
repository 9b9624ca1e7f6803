package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// stale is what -check finds.
type stale struct{ error }

// compare demands that out holds exactly the generated files.
func compare(out string, files map[string][]byte) error {
	var bad problems
	for _, name := range sortedNames(files) {
		path := filepath.Join(out, name)
		have, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			bad.add("%s is missing", path)
		case err != nil:
			return err
		case !bytes.Equal(have, files[name]):
			bad.add("%s is stale", path)
		}
	}
	old, err := surplus(out, files)
	if err != nil {
		return err
	}
	for _, path := range old {
		bad.add("%s is no longer generated", path)
	}
	if err := bad.err(); err != nil {
		return stale{err}
	}
	return nil
}

// write brings out to the generated files and tells what has changed.
func write(out string, files map[string][]byte, stderr io.Writer) error {
	old, err := surplus(out, files)
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "mpgen: removed %s\n", path)
	}
	for _, name := range sortedNames(files) {
		path := filepath.Join(out, name)
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, files[name]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "mpgen: wrote %s\n", path)
	}
	return nil
}

// surplus lists files with our header in the *proxy folders of out that are
// not generated any more.
func surplus(out string, files map[string][]byte) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(out, "*proxy", "*.go"))
	if err != nil {
		return nil, err
	}
	var old []string
	for _, path := range paths {
		rel, err := filepath.Rel(out, path)
		if err != nil {
			return nil, err
		}
		if _, ok := files[rel]; ok {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(string(text), header) {
			old = append(old, path)
		}
	}
	return old, nil
}

func sortedNames(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
