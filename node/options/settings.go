package options

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// settingsFile is settings.json as it was found.
type settingsFile struct {
	// path is absolute; "" if the file is switched off.
	path string
	// keys are in the order of the file.
	keys []string
}

// readSettings reads settings.json (Dash Core: ArgsManager::ReadSettingsFile,
// util::ReadSettings). A missing and an empty file are the same.
func (c *Config) readSettings(files FileReader) error {
	path := c.Path("settings")
	if path == "" {
		return nil
	}
	path = absolute(c.NetDir(), path)
	c.settings.path = path
	data, err := files.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return settingsError(path + ". Please check permissions.")
	case len(data) == 0:
		return nil
	}
	v, err := parseJSON(data)
	if err != nil {
		return settingsError("Unable to parse settings file " + path)
	}
	if v.kind != Object {
		return settingsError("Found non-object value " + v.JSON() + " in settings file " + path)
	}
	for i, name := range v.keys {
		if _, twice := c.src.settings[name]; twice {
			clear(c.src.settings)
			return settingsError("Found duplicate key " + name + " in settings file " + path)
		}
		c.src.settings[name] = v.list[i]
	}
	c.settings.keys = slices.Sorted(slices.Values(v.keys))
	for _, name := range c.settings.keys {
		if _, known := c.table.option(parseKey(name).name); !known {
			c.earlyLog = append(c.earlyLog, "Ignoring unknown rw_settings value "+name)
		}
	}
	return nil
}

func settingsError(cause string) *Error {
	return fail(ErrSettings, "Failed loading settings file:\n- %s\n", cause)
}

// SettingsPath is where settings.json belongs, absolute; "" with -nosettings.
// Dash Core rewrites the file at each start: the caller writes SettingsJSON to
// SettingsPath + ".tmp" and renames it.
func (c *Config) SettingsPath() string { return c.settings.path }

// SettingsJSON is the content that settings.json has after a start: what it
// held, unknown keys included, in Dash Core's layout (util::WriteSettings).
func (c *Config) SettingsJSON() []byte {
	v := Value{kind: Object}
	for _, name := range c.settings.keys {
		v.keys = append(v.keys, name)
		v.list = append(v.list, c.src.settings[name])
	}
	var b strings.Builder
	v.write(&b, 4, 1)
	return append(bytes.Clone([]byte(b.String())), '\n')
}

// WithWallet returns the content of settings.json with a wallet among those that
// are loaded at start-up, or without it, and remembers it; changed is false if it
// was so already (Dash Core: AddWalletSetting, RemoveWalletSetting). Unlike all
// else it changes the Config, under the caller's lock.
func (c *Config) WithWallet(name string, load bool) (content []byte, changed bool) {
	const key = "wallet"
	list := Value{kind: Array}
	if old := c.src.settings[key]; old.kind == Array {
		list.list = slices.Clone(old.list)
	}
	at := slices.IndexFunc(list.list, func(v Value) bool { return v.kind == String && v.text == name })
	switch {
	case load == (at >= 0):
		return nil, false
	case load:
		list.list = append(list.list, Value{kind: String, text: name})
	default:
		list.list = slices.Delete(list.list, at, at+1)
	}
	if !slices.Contains(c.settings.keys, key) {
		c.settings.keys = slices.Sorted(slices.Values(append(c.settings.keys, key)))
	}
	c.src.settings[key] = list
	return c.SettingsJSON(), true
}

// AlternateSettings reports whether settings.json lies outside the network
// directory, where the caller's directory descriptor does not reach.
func (c *Config) AlternateSettings() bool {
	return c.settings.path != "" && filepath.Dir(c.settings.path) != c.NetDir()
}
