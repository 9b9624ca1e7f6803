package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"dashmp/policy"
)

// maxSpecFile bounds a file that diff reads; show --json writes about 30 KiB.
const maxSpecFile = 4 << 20

func diff(_ context.Context, a arguments, out io.Writer) error {
	old, err := specOrFile(a.words[0])
	if err != nil {
		return err
	}
	new, err := specOrFile(a.words[1])
	if err != nil {
		return err
	}
	changes := policy.Diff(old, new)
	if a.json {
		if changes == nil {
			changes = []policy.Change{}
		}
		return writeJSON(out, changes)
	}
	for _, c := range changes {
		fmt.Fprintln(out, c)
	}
	if len(changes) == 0 {
		fmt.Fprintln(out, "no difference in power")
	}
	return nil
}

// specOrFile returns the spec of a role, or of a file written by show --json.
func specOrFile(name string) (*policy.Spec, error) {
	if spec, ok := policy.Get(policy.Role(name)); ok {
		return spec, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail("dash-policy roles lists the roles", "%q is neither a role nor a file", name)
	}
	if err != nil {
		return nil, fail("", "%w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSpecFile))
	if err != nil {
		return nil, fail("", "%w", err)
	}
	var spec policy.Spec
	if err := json.Unmarshal(b, &spec); err != nil {
		return nil, fail("write it with dash-policy show ROLE --json", "%q: %w", name, err)
	}
	return &spec, nil
}
