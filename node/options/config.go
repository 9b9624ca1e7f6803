package options

import (
	"math"
	"path/filepath"
	"strings"
)

// FileReader is the little of the outside that Parse needs.
type FileReader interface {
	// ReadFile returns a whole file, or an error for which errors.Is(err,
	// fs.ErrNotExist) holds if there is none. A file of more than MaxFileBytes
	// bytes, and what is not a regular file, is an error.
	ReadFile(path string) ([]byte, error)
	// IsDir reports whether path is a directory, following symlinks.
	IsDir(path string) bool
	// HomeDir is the user's home directory, "" if there is none.
	HomeDir() string
	// WorkDir is the directory that relative paths of the command line start at.
	WorkDir() string
}

// Config is what the operator asked for, merged.
type Config struct {
	program Program
	table   *table
	src     *sources
	chain   chain
	words   []string
	home    string
	workDir string

	dataDir     string
	missingConf string
	confPath    string
	settings    settingsFile
	sections    []Section

	// Warnings are lines for stderr, complete with their "Warning: " or
	// "warning: ", in order. One may have several lines.
	Warnings []string
	earlyLog []string
}

// Program returns the program the options were parsed for.
func (c *Config) Program() Program { return c.program }

// Words returns the command line from the first word without a dash on: the
// command and its arguments.
func (c *Config) Words() []string { return c.words }

// Information is a request that is answered before anything else happens.
type Information uint8

// The requests; with any but None, no file has been read.
const (
	None Information = iota
	HelpRequested
	VersionRequested
)

// Information returns what the command line asks to be shown. -version goes
// before -help, as in Dash Core.
func (c *Config) Information() Information {
	if c.isSet("version") {
		return VersionRequested
	}
	for _, name := range []string{"?", "h", "help", "help-debug"} {
		if c.isSet(name) {
			return HelpRequested
		}
	}
	return None
}

func (c *Config) row(name string) *Option {
	o, ok := c.table.option(name)
	if !ok {
		panic("options: " + string(c.program) + " has no option -" + name)
	}
	return o
}

func (c *Config) query(name string) query {
	o := c.row(name)
	return query{section: c.chain.section, skipTop: o.Has(NetworkOnly) && c.chain.section != sectionMain}
}

func (c *Config) value(name string) Value { return c.src.get(name, c.query(name)) }

// isSet is IsSet for options that only some programs have.
func (c *Config) isSet(name string) bool {
	_, ok := c.table.option(name)
	return ok && c.IsSet(name)
}

// IsSet reports whether anything was said about the option, a negation and a
// soft-set value included. All accessors panic on a name that is not in the
// program's table.
func (c *Config) IsSet(name string) bool { return c.value(name).kind != Null }

// IsNegated reports whether the option was given as -noNAME. -NAME=0 does not
// count.
func (c *Config) IsNegated(name string) bool { return c.value(name).isFalse() }

// String returns the option's text, or its default. A negation is "0".
func (c *Config) String(name string) string { return c.StringOr(name, c.defaultText(name)) }

// StringOr is String with a default of the caller's.
func (c *Config) StringOr(name, def string) string {
	if v := c.value(name); v.kind != Null {
		return v.Text()
	}
	return def
}

// Bool returns the option as a switch; without a default in the table it is
// off.
func (c *Config) Bool(name string) bool {
	d := c.defaultText(name)
	return c.BoolOr(name, d != "" && interpretBool(d))
}

// BoolOr is Bool with a default of the caller's.
func (c *Config) BoolOr(name string, def bool) bool {
	switch v := c.value(name); v.kind {
	case Null:
		return def
	case Bool:
		return v.flag
	default:
		return interpretBool(v.Text())
	}
}

// Int64 returns the option as a number, as C's atoi reads it.
func (c *Config) Int64(name string) int64 {
	return c.Int64Or(name, atoi(c.defaultText(name), math.MinInt64, math.MaxInt64))
}

// Int64Or is Int64 with a default of the caller's.
func (c *Config) Int64Or(name string, def int64) int64 {
	if v := c.value(name); v.kind != Null {
		return atoi(v.Text(), math.MinInt64, math.MaxInt64)
	}
	return def
}

// Strings returns all values of a repeatable option; nil if there are none.
func (c *Config) Strings(name string) []string {
	var all []string
	for _, v := range c.src.list(name, c.query(name)) {
		all = append(all, v.Text())
	}
	return all
}

// Path returns an option that names a file or directory, cleaned; its default
// if it is unset or empty, "" if it is negated (Dash Core: GetPathArg).
func (c *Config) Path(name string) string {
	if c.IsNegated(name) {
		return ""
	}
	p := c.StringOr(name, "")
	if p == "" {
		p = c.defaultText(name)
	}
	if p == "" {
		return ""
	}
	return filepath.Clean(p)
}

// NetPath is Path made absolute: relative paths start at the network directory
// (Dash Core: AbsPathForConfigVal). "" stays "".
func (c *Config) NetPath(name string) string { return absolute(c.NetDir(), c.Path(name)) }

func absolute(base, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// defaultText returns the table's default for the chosen chain.
func (c *Config) defaultText(name string) string {
	d := c.row(name).Default
	if strings.Count(d, "|") != 3 {
		return d
	}
	return strings.Split(d, "|")[c.chain.index()]
}

// DataDir is the base data directory, absolute.
func (c *Config) DataDir() string { return c.dataDir }

// NetDir is the directory of the chosen chain, absolute.
func (c *Config) NetDir() string { return filepath.Join(c.dataDir, c.chain.dir) }

// BlocksDir is the directory of the block files, absolute: below -blocksdir if
// that is given, else below the data directory.
func (c *Config) BlocksDir() string {
	base := c.dataDir
	if c.isSet("blocksdir") {
		base = absolute(c.workDir, c.Path("blocksdir"))
	}
	return filepath.Join(base, c.chain.dir, "blocks")
}

// ConfPath is the configuration file that is read, absolute.
func (c *Config) ConfPath() string { return c.confPath }

// MissingConf is the path of the default configuration file if it does not
// exist, else "". Dash Core then creates it empty; the caller does that once
// it holds the data directory.
func (c *Config) MissingConf() string { return c.missingConf }

// Chain is main, test, devnet or regtest: the section in dash.conf.
func (c *Config) Chain() string { return c.chain.section }

// ChainName is Chain, or devnet-NAME on a named devnet.
func (c *Config) ChainName() string { return c.chain.name }
