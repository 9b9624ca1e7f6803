package main

import (
	"strings"
	"testing"
)

func TestTool(t *testing.T) {
	for _, tt := range []struct {
		args      []string
		out, fail string
	}{
		{[]string{"-version"}, "dash-wallet version", ""},
		{[]string{"-help"}, "createfromdump", ""},
		{nil, "", "No method provided. Run `dash-wallet -help` for valid methods."},
		{[]string{"-regtest", "-wallet=w", "info"}, "", "Error: info is not supported yet by this build"},
		{[]string{"dance"}, "", "Error parsing command line arguments: Invalid command 'dance'"},
		{[]string{"-dance"}, "", "Error parsing command line arguments: Invalid parameter -dance"},
		{[]string{"-ipcfd"}, "", "Error parsing command line arguments: Invalid parameter -ipcfd"},
	} {
		var out strings.Builder
		err := tool(tt.args, &out)
		if tt.fail == "" && (err != nil || !strings.Contains(out.String(), tt.out)) {
			t.Errorf("%q: %v, %q", tt.args, err, out.String())
		}
		if tt.fail != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.fail) || out.Len() > 0) {
			t.Errorf("%q: %v, %q", tt.args, err, out.String())
		}
	}
}
