package host

import (
	"sync"

	"dashmp/node/options"
)

// Startup returns what changes the list of wallets that are loaded at start-up,
// in settings.json; nil if that file is switched off. The caller holds the lock
// of the data directory.
func Startup(c *options.Config) func(wallet string, load bool) error {
	path := c.SettingsPath()
	if path == "" {
		return nil
	}
	var mu sync.Mutex // guards the settings in c, which nothing else reads any more
	return func(wallet string, load bool) error {
		mu.Lock()
		defer mu.Unlock()
		content, changed := c.WithWallet(wallet, load)
		if !changed {
			return nil
		}
		return replace(path, content)
	}
}
