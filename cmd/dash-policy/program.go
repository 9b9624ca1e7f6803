package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/policy/live"
)

func pfc(_ context.Context, a arguments, out io.Writer) error {
	spec, err := specOf(a.words[0])
	if err != nil {
		return err
	}
	text, err := compile.PFC(spec, a.arch, a.modeOrEnforce())
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// listing is the output of bpf.
type listing struct {
	Role         policy.Role `json:"role"`
	Arch         string      `json:"arch"`
	Mode         policy.Mode `json:"mode"`
	PID          int         `json:"pid"`
	SHA256       string      `json:"sha256"`
	Instructions int         `json:"instructions"`
	Library      string      `json:"libseccomp"`
	Code         string      `json:"code_hex,omitempty"`
}

// program prints the exact program of a process.
func program(_ context.Context, a arguments, out io.Writer) error {
	spec, err := specOf(a.words[0])
	if err != nil {
		return err
	}
	if a.pid == 0 {
		return fail("the pid is part of the program: give the pid that the process has in the supervisor's pid namespace",
			"bpf needs --pid")
	}
	p, err := compile.CompileFor(spec, a.arch, a.modeOrEnforce())
	if err != nil {
		return err
	}
	p = p.ForPID(a.pid)
	l := listing{
		Role: spec.Role, Arch: a.arch, Mode: a.modeOrEnforce(), PID: a.pid,
		SHA256: p.Digest(), Instructions: p.Len(), Library: compile.LibraryVersion(),
	}
	if a.out != "" {
		if err := os.WriteFile(a.out, p.Bytes(), 0o644); err != nil {
			return fail("", "%w", err)
		}
	}
	if a.json {
		l.Code = hex.EncodeToString(p.Bytes())
		return writeJSON(out, l)
	}
	fmt.Fprintf(out, "%s for pid %d, %s, %s: %d instructions, sha256 %s\n", l.Role, l.PID, l.Arch, l.Mode, l.Instructions, l.SHA256)
	if a.out != "" {
		return nil
	}
	for i := range p.Len() {
		fmt.Fprintf(out, "%4d  %s\n", i, live.Insn(p.Bytes(), i))
	}
	return nil
}
