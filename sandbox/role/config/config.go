// Package config is what a role is told of the operator's configuration: the
// chain, and of the options just those that the role's policy lists. Values of
// secret options are not in it; they arrive as descriptors ("option/NAME").
//
// The supervisor makes a Config with New, the role reads it with Parse; dashd
// makes one per component, so that the components cannot tell the difference.
//
// A Config does not change once it is made and may be shared.
package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"dashmp/policy"
)

// Source is the operator's merged configuration; *options.Config is one.
type Source interface {
	IsSet(name string) bool
	IsNegated(name string) bool
	String(name string) string
	Bool(name string) bool
	Int64(name string) int64
	Strings(name string) []string
}

// Value is one option. The three readings of its text are made where the
// option table is, so that a role need not know the rules.
type Value struct {
	// Set: the operator gave it, or another option implies it.
	Set bool `json:"set,omitempty"`
	// Negated: it was given as -noNAME.
	Negated bool `json:"negated,omitempty"`
	// Text, Bool and Int are the value that counts, or the default.
	Text string `json:"text,omitempty"`
	Bool bool   `json:"bool,omitempty"`
	Int  int64  `json:"int,omitempty"`
	// List are all values of an option that may be repeated.
	List []string `json:"list,omitempty"`
}

// Config is one role's configuration.
type Config struct {
	// Chain is main, test, devnet or regtest; ChainName is devnet-NAME on a
	// named devnet, else Chain.
	Chain     string `json:"chain"`
	ChainName string `json:"chain_name"`
	// Started is when the node was started, in seconds since the epoch: the
	// uptime of the tree, not of a role that was restarted.
	Started int64 `json:"started"`
	// DataDir is the network directory and LogPath the log file: for display
	// only, no role can open them.
	DataDir string `json:"data_dir"`
	LogPath string `json:"log_path"`
	// Interfaces are the addresses of this machine's network interfaces, for the
	// core with -discover, which cannot ask for them; others get none.
	Interfaces []string `json:"interfaces,omitempty"`
	// Options are by name without the dash.
	Options map[string]Value `json:"options"`
}

// New takes from the source what the role's policy lists.
func New(spec *policy.Spec, from Source, base Config) Config {
	c := base
	c.Options = make(map[string]Value, len(spec.Options))
	for _, o := range spec.Options {
		if o.Secret || o.Name == "chain" {
			continue
		}
		if strings.HasSuffix(o.Name, "notify") {
			// That there is a command is all a role may know of it.
			c.Options[o.Name] = Value{Set: from.String(o.Name) != ""}
			continue
		}
		c.Options[o.Name] = Value{
			Set: from.IsSet(o.Name), Negated: from.IsNegated(o.Name),
			Text: from.String(o.Name), Bool: from.Bool(o.Name), Int: from.Int64(o.Name),
			List: from.Strings(o.Name),
		}
	}
	return c
}

// Without returns a copy in which these options are as if they had not been
// given.
func (c Config) Without(names ...string) Config {
	c.Options = maps.Clone(c.Options)
	for _, n := range names {
		c.Options[n] = Value{}
	}
	return c
}

// WithList returns a copy in which an option has these values.
func (c Config) WithList(name string, values []string) Config {
	c.Options = maps.Clone(c.Options)
	v := c.Options[name]
	v.List = values
	c.Options[name] = v
	return c
}

// Parse reads the configuration of a grant.
func Parse(raw json.RawMessage) (*Config, error) {
	var c Config
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("role configuration: %w", err)
	}
	return &c, nil
}

// JSON returns the form that travels in a grant.
func (c Config) JSON() json.RawMessage {
	b, err := json.Marshal(c)
	if err != nil { // strings, numbers and maps of them cannot fail
		panic(err)
	}
	return b
}

func (c *Config) value(name string) Value {
	v, ok := c.Options[name]
	if !ok {
		panic("role configuration: -" + strconv.Quote(name) + " is not in the role's policy")
	}
	return v
}

// IsSet reports whether anything was said about the option. Like the other
// accessors it panics on an option that the role's policy does not list.
func (c *Config) IsSet(name string) bool { return c.value(name).Set }

// IsNegated reports whether the option was given as -noNAME.
func (c *Config) IsNegated(name string) bool { return c.value(name).Negated }

// String returns the option's text or default.
func (c *Config) String(name string) string { return c.value(name).Text }

// Bool returns the option as a switch.
func (c *Config) Bool(name string) bool { return c.value(name).Bool }

// Int64 returns the option as a number.
func (c *Config) Int64(name string) int64 { return c.value(name).Int }

// Strings returns all values of a repeatable option.
func (c *Config) Strings(name string) []string { return c.value(name).List }

// StartTime is Started as a time.
func (c *Config) StartTime() time.Time { return time.Unix(c.Started, 0) }
