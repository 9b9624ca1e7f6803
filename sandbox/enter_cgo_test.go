//go:build cgo

package sandbox_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/sandbox"
)

// TestCheckFDWorksInsideTheSandbox: the checks on what arrives later make only
// calls that the filter allows to a role which takes descriptors.
func TestCheckFDWorksInsideTheSandbox(t *testing.T) {
	spec, _ := policy.Get(policy.Signer)
	program, err := compile.Compile(spec, policy.Enforce)
	if err != nil {
		t.Fatal(err)
	}
	n := newNursery(t)
	c, out := n.spawnAs(string(policy.Signer), policy.Signer)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	log, peer := os.NewFile(uintptr(pair[0]), "log"), os.NewFile(uintptr(pair[1]), "peer")
	defer log.Close()
	defer peer.Close()
	ctx := testContext(t)
	err = c.Send(ctx, sandbox.Grant{
		Role: policy.Signer, Build: testBuild, Mode: sandbox.ModeEnforce, Landlock: spec.Landlock,
		Filter: program.ForPID(c.PID()).Bytes(), Config: []byte(`{"do":"check"}`),
		FDs: []sandbox.NamedFD{{Name: "log", File: log}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if exit := wait(t, c); exit.Code != 0 {
		t.Errorf("%s: %s", exit, out.end())
	}
}
