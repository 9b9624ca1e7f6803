package contracts

import (
	"testing"

	"dashmp/node/options"
	"dashmp/policy"
)

// Every option that a role is told is one of dash-node's. One that the option
// table calls sensitive travels as secret memory, or stands here with the
// reason why it need not.
func TestOptionsAreInTheTable(t *testing.T) {
	made := map[string]string{
		"rpccookie": "the supervisor makes it; its file is named by -rpccookiefile",
	}
	inClear := map[string]string{
		"rpcauth":         "a salted hash, made to be stored in a file",
		"rpcuser":         "a name; only the password opens anything",
		"rpcexternaluser": "names",
	}
	table := make(map[string]options.Option)
	for _, o := range options.Table(options.DashNode) {
		table[o.Name] = o
	}
	for _, spec := range policy.All() {
		for _, o := range spec.Options {
			row, ok := table[o.Name]
			if !ok && made[o.Name] == "" {
				t.Errorf("%s: dash-node has no -%s", spec.Role, o.Name)
			}
			if ok && row.Has(options.Sensitive) && !o.Secret && inClear[o.Name] == "" {
				t.Errorf("%s: -%s is sensitive and would travel in clear", spec.Role, o.Name)
			}
		}
	}
}
