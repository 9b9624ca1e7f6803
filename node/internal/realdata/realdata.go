// Package realdata finds the large collection of real chain data that tests
// use when it is at hand. It is for tests only: it reads the environment and
// the file system, which no node package may.
package realdata

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Variable names the environment variable that holds the collection's path.
const Variable = "DASH_TEST_DATA"

// Path returns the path of a file of the collection: under $DASH_TEST_DATA, or
// under shared/data beside the module. It skips the test if the collection is
// in neither place, and fails it if only the file is missing.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv(Variable)
	if root == "" {
		root = beside(t)
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the collection of real data is not here: set %s (%v)", Variable, err)
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func beside(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared", "data")
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// Read returns the contents of a file, unpacked when its name ends in .gz.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return b
}

// JSON decodes a file of JSON, packed or not, into v.
func JSON(t testing.TB, path string, v any) {
	t.Helper()
	if err := json.Unmarshal(Read(t, path), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
