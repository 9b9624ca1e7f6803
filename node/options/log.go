package options

import (
	"fmt"
	"maps"
	"slices"
)

// EarlyLog returns the log lines that arose while parsing, in order. Dash Core
// writes them before the lines of ArgumentLog.
func (c *Config) EarlyLog() []string { return slices.Clone(c.earlyLog) }

// ArgumentLog returns Dash Core's echo of every option that was given (Dash
// Core: ArgsManager::LogArgs): dash.conf by section, settings.json, command
// line. Sensitive values are masked, in settings.json too, where Dash Core
// shows them.
func (c *Config) ArgumentLog() []string {
	var lines []string
	for _, section := range slices.Sorted(maps.Keys(c.src.conf)) {
		lines = c.echo(lines, "Config file arg:", section, c.src.conf[section])
	}
	for _, name := range c.settings.keys {
		shown := c.src.settings[name].JSON()
		if o, known := c.table.option(parseKey(name).name); known && o.Has(Sensitive) {
			shown = "****"
		}
		lines = append(lines, fmt.Sprintf("Setting file arg: %s = %s", name, shown))
	}
	return c.echo(lines, "Command-line arg:", "", c.src.commandLine)
}

func (c *Config) echo(lines []string, prefix, section string, values map[string][]Value) []string {
	where := ""
	if section != "" {
		where = "[" + section + "] "
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			shown := v.JSON()
			if c.row(name).Has(Sensitive) {
				shown = "****"
			}
			lines = append(lines, fmt.Sprintf("%s %s%s=%s", prefix, where, name, shown))
		}
	}
	return lines
}
