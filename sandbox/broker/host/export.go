package host

import (
	"path/filepath"

	"dashmp/node/options"
)

// ExportDir is the directory below which RPCs may have new files written
// (-exportdir): the network directory, "", unless the operator says otherwise;
// on regtest anywhere.
func ExportDir(c *options.Config) string {
	switch dir := c.String("exportdir"); {
	case dir != "" && filepath.IsAbs(dir):
		return dir
	case dir != "":
		return filepath.Join(c.NetDir(), dir)
	case c.Chain() == "regtest":
		return "/"
	}
	return ""
}
