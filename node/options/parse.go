package options

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Parse reads the command line (without the program's name), then what it
// leads to: dash.conf with its includes for a node and dash-cli, settings.json
// for a node. The error is an *Error. If the command line asks for help or the
// version, the Config comes back before any file is read.
func Parse(program Program, args []string, files FileReader) (*Config, error) {
	c := &Config{
		program: program,
		table:   newTable(program),
		src:     newSources(),
		home:    files.HomeDir(),
		workDir: files.WorkDir(),
	}
	line, err := parseArgs(c.table, args)
	if err != nil {
		return nil, fail(ErrCommandLine, "Error parsing command line arguments: %v", err)
	}
	c.src.commandLine, c.words = line.values, line.words
	c.earlyLog = append(c.earlyLog, line.notes...)
	if c.Information() != None {
		return c, nil
	}
	steps := []func(FileReader) error{c.findDataDir, c.readConf, c.selectChain}
	if program.isNode() {
		steps = append(steps, func(FileReader) error { return looseWord(args) },
			c.readSettings, c.interact, c.checkSections, c.validate, c.checkSupport)
	}
	for _, step := range steps {
		if err := step(files); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// findDataDir checks a data directory given on the command line (Dash Core:
// CheckDataDirOption) and fixes it for the search of dash.conf.
func (c *Config) findDataDir(files FileReader) error {
	if _, ok := c.table.option("datadir"); !ok {
		return nil
	}
	dir, ok := c.lookUpDataDir(files)
	if !ok {
		e := fail(ErrDataDir, "Specified data directory \"%s\" does not exist.", c.StringOr("datadir", ""))
		return e
	}
	c.dataDir = dir
	return nil
}

// lookUpDataDir returns the data directory by what is known so far; false if
// one is named that is none. The default one need not exist.
func (c *Config) lookUpDataDir(files FileReader) (string, bool) {
	if named := c.Path("datadir"); named != "" {
		dir := absolute(c.workDir, named)
		return dir, files.IsDir(dir)
	}
	home := c.home
	if home == "" {
		home = "/"
	}
	return filepath.Join(home, ".dashcore"), true
}

// readConf reads dash.conf and the files it includes (Dash Core:
// ArgsManager::ReadConfigFiles). Relative includes start at the data directory
// of the command line, even if dash.conf names another one.
func (c *Config) readConf(files FileReader) error {
	if !c.program.readsConf() {
		return nil
	}
	c.confPath = absolute(c.dataDir, c.Path("conf"))
	r := &confReader{t: c.table, values: c.src.conf}
	data, err := files.ReadFile(c.confPath)
	switch {
	case err != nil && c.IsSet("conf"):
		return confError("specified config file \"%s\" could not be opened.", c.confPath)
	case errors.Is(err, fs.ErrNotExist):
		c.missingConf = c.confPath
		return nil
	case err != nil:
		return confError("config file \"%s\" could not be opened.", c.confPath)
	}
	if err := r.read(data, c.confPath); err != nil {
		return confError("%v", err)
	}
	if !c.includesOff() {
		if err := c.readIncludes(files, r); err != nil {
			return err
		}
	}
	c.sections = r.sections
	c.earlyLog = append(c.earlyLog, r.notes...)
	dir, ok := c.lookUpDataDir(files)
	if !ok {
		return confError("specified data directory \"%s\" does not exist.", c.StringOr("datadir", ""))
	}
	c.dataDir = dir
	return nil
}

func confError(format string, args ...any) *Error {
	return fail(ErrConf, "Error reading configuration file: "+format, args...)
}

// includesOff reports whether the command line says -noincludeconf.
func (c *Config) includesOff() bool {
	_, said := c.src.commandLine["includeconf"]
	return said
}

func (c *Config) readIncludes(files FileReader, r *confReader) error {
	before, err := c.src.chainSection()
	if err != nil {
		return fail(ErrChain, "%v", err)
	}
	names, inChain := r.includes(before, 0)
	top, inTop := r.includes("", 0)
	for _, name := range append(names, top...) {
		data, err := files.ReadFile(absolute(c.dataDir, filepath.Clean(name)))
		if err != nil {
			return confError("Failed to include configuration file %s", name)
		}
		if err := r.read(data, name); err != nil {
			return confError("%v", err)
		}
		r.notes = append(r.notes, "Included configuration file "+name)
	}
	ignored, _ := r.includes(before, inChain)
	more, _ := r.includes("", inTop)
	ignored = append(ignored, more...)
	after, err := c.src.chainSection()
	if err != nil {
		return fail(ErrChain, "%v", err)
	}
	if after != before {
		more, _ = r.includes(after, 0)
		ignored = append(ignored, more...)
	}
	for _, name := range ignored {
		c.Warnings = append(c.Warnings, "warning: -includeconf cannot be used from included files; ignoring -includeconf="+name)
	}
	return nil
}

func (c *Config) selectChain(FileReader) error {
	chosen, err := c.src.chooseChain()
	if err != nil {
		return fail(ErrChain, "%v", err)
	}
	c.chain = chosen
	return nil
}

// looseWord refuses any argument that does not begin with a dash, wherever it
// stands.
func looseWord(args []string) error {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return fail(ErrCommandLine, "Command line contains unexpected token '%s', see dashd -h for a list of options.", a)
		}
	}
	return nil
}

// checkSections refuses network-only options that stand in the top part of
// dash.conf on another chain than main, and warns of unknown sections (Dash
// Core: AppInitParameterInteraction, step 2).
func (c *Config) checkSections(FileReader) error {
	if c.chain.section != sectionMain {
		var wrong []string
		for _, o := range c.table.rows {
			if o.Has(NetworkOnly) && c.src.onlyInTop(c.chain.section, o.Name) {
				wrong = append(wrong, fmt.Sprintf("Config setting for -%s only applied on %s network when in [%s] section.",
					o.Name, c.chain.section, c.chain.section))
			}
		}
		if len(wrong) > 0 {
			slices.Sort(wrong)
			return fail(ErrSection, "%s", strings.Join(wrong, "\n"))
		}
	}
	known := []string{sectionMain, sectionTest, sectionDevnet, sectionRegtest}
	var unknown []string
	for _, s := range c.sections {
		if !slices.Contains(known, s.Name) {
			unknown = append(unknown, fmt.Sprintf("%s:%d Section [%s] is not recognized.", s.File, s.Line, s.Name))
		}
	}
	if len(unknown) > 0 {
		w := "Warning: " + strings.Join(unknown, "\n")
		c.Warnings = append(c.Warnings, w)
		c.earlyLog = append(c.earlyLog, w)
	}
	return nil
}

// checkSupport refuses options that are switched on but have no function yet,
// and notes those that are accepted without effect.
func (c *Config) checkSupport(FileReader) error {
	for i := range c.table.rows {
		o := &c.table.rows[i]
		if o.Support == Works || o.Flags&(Command|Register) != 0 || !c.given(o.Name) {
			continue
		}
		if o.Support == Later && !c.off(o.Name) {
			e := fail(ErrUnsupported, "-%s is not supported yet by this build", o.Name)
			e.Hint = fmt.Sprintf("Remove %s from the command line, dash.conf or settings.json.", o.Name)
			return e
		}
		c.earlyLog = append(c.earlyLog, fmt.Sprintf("Option -%s is accepted but has no effect in this build", o.Name))
	}
	return nil
}

// given reports whether the operator said anything about the option that
// counts on this chain. Soft-set values do not count.
func (c *Config) given(name string) bool {
	if _, soft := c.src.forced[name]; !soft {
		return c.IsSet(name)
	}
	forced := c.src.forced[name]
	delete(c.src.forced, name)
	defer func() { c.src.forced[name] = forced }()
	return c.IsSet(name)
}

// off reports whether every value of the option switches it off.
func (c *Config) off(name string) bool {
	for _, v := range c.src.list(name, c.query(name)) {
		if v.isFalse() || (v.kind != Bool && v.Text() != "" && !interpretBool(v.Text()) && strings.Trim(v.Text(), "0") == "") {
			continue
		}
		return false
	}
	return true
}
