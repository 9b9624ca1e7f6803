package host

import (
	"io/fs"
	"strings"
	"testing"

	"dashmp/node/options"
)

// noFiles is a machine without configuration files.
type noFiles struct{}

func (noFiles) ReadFile(string) ([]byte, error) { return nil, fs.ErrNotExist }
func (noFiles) IsDir(string) bool               { return true }
func (noFiles) HomeDir() string                 { return "/nowhere" }
func (noFiles) WorkDir() string                 { return "/nowhere" }

func TestIndexes(t *testing.T) {
	for args, want := range map[string]string{
		"":                    "txindex",
		"-txindex=0":          "",
		"-blockfilterindex":   "txindex blockfilterindex",
		"-blockfilterindex=1": "txindex blockfilterindex",
		"-blockfilterindex=0": "txindex",
		"-noblockfilterindex": "txindex",
		"-coinstatsindex":     "txindex coinstatsindex",
		"-coinstatsindex=0":   "txindex",
		"-txindex=0 -blockfilterindex=basic -coinstatsindex=1": "blockfilterindex coinstatsindex",
	} {
		c, err := options.Parse(options.Dashd, append([]string{"-regtest"}, strings.Fields(args)...), noFiles{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(Indexes(c), " "); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}
