package ablate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/policy"
)

// hook is added to package policy in the dash-node of TestTreeAblation, and in
// no other program: it takes one rule out of one role.
const hook = `package policy

import (
	"os"
	"strings"
)

func ablated(s *Spec) *Spec {
	role, rule, _ := strings.Cut(os.Getenv("DASHMP_WITHOUT"), "/")
	for _, r := range s.Rules() {
		if string(s.Role) == role && r.String() == rule {
			return s.Without(r)
		}
	}
	return s
}
`

// tree is a directory with all programs, dash-node with the hook.
type tree struct{ bin string }

func buildTree(t *testing.T) tree {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	roles, err := os.ReadFile(filepath.Join(root, "policy", "roles.go"))
	if err != nil {
		t.Fatal(err)
	}
	const last = "\ts.MayCall = mayCall(role)\n\treturn s, true\n"
	if !strings.Contains(string(roles), last) {
		t.Fatal("policy.Get is not where the hook expects it")
	}
	hooked := strings.Replace(string(roles), last, "\ts.MayCall = mayCall(role)\n\treturn ablated(s), true\n", 1)
	overlay, _ := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(root, "policy", "roles.go"):   filepath.Join(dir, "roles.go"),
		filepath.Join(root, "policy", "ablated.go"): filepath.Join(dir, "ablated.go"),
	}})
	for name, text := range map[string]string{"roles.go": hooked, "ablated.go": hook, "overlay.json": string(overlay)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := func(env string, args ...string) {
		cmd := exec.Command("go", append([]string{"build", "-o", dir + "/"}, args...)...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), env)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %v: %v\n%s", args, err, out)
		}
	}
	build("CGO_ENABLED=1", "-overlay", filepath.Join(dir, "overlay.json"), "./cmd/dash-node")
	build("CGO_ENABLED=0", "./cmd/dash-node-core", "./cmd/dash-node-rpc", "./cmd/dash-wallet", "./cmd/dash-signer",
		"./cmd/dash-echo", "./cmd/dash-cli")
	return tree{dir}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// run starts the tree without a rule, uses it, and stops it. Any violation,
// restart or failed call is an error.
func (tr tree) run(ctx context.Context, without string) error {
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	dir, err := os.MkdirTemp("", "tree")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	port, err := freePort()
	if err != nil {
		return err
	}
	network := []string{"-regtest", "-datadir=" + dir, "-rpcport=" + port}
	node := exec.CommandContext(ctx, filepath.Join(tr.bin, "dash-node"), append(network, "-listen=0", "-printtoconsole=0", "-debug=1")...)
	node.Env = []string{"DASHMP_WITHOUT=" + without}
	var said strings.Builder
	node.Stderr = &said
	if err := node.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- node.Wait() }()
	cli := func(args ...string) (string, error) {
		c := exec.CommandContext(ctx, filepath.Join(tr.bin, "dash-cli"), append(append([]string{"-rpcwait", "-rpcwaittimeout=5"}, network...), args...)...)
		out, err := c.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%s: %w: %s", args[0], err, out)
		}
		return string(out), err
	}
	err = use(cli)
	if _, serr := cli("stop"); serr != nil {
		_ = node.Process.Kill()
		<-ended
		return errors.Join(err, serr, errors.New(said.String()))
	}
	if werr := <-ended; werr != nil || said.Len() > 0 {
		err = errors.Join(err, werr, errors.New(said.String()))
	}
	return err
}

// use is what the tree is asked in each run.
func use(cli func(...string) (string, error)) error {
	big := `"` + strings.Repeat("x", 100<<10) + `"`
	for _, call := range [][]string{
		{"getblockchaininfo"}, {"echo", big}, {"echoipc", "hello"}, {"help"}, {"uptime"}, {"getrpcinfo"}, {"listwallets"},
	} {
		for range 3 {
			if _, err := cli(call...); err != nil {
				return err
			}
		}
	}
	// These may be answered with an error of their own; what they make the
	// processes do is what counts.
	for _, call := range [][]string{
		{"createwallet", "w", "true", "true"}, {"walletpassphrase", "secret", "1"}, {"unloadwallet", "w"}, {"loadwallet", "w"},
	} {
		_, _ = cli(call...)
	}
	time.Sleep(1200 * time.Millisecond) // what the runtime does each second
	out, err := cli("getisolationinfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		line = strings.Trim(line, " ,\n")
		if (strings.HasPrefix(line, `"violations":`) || strings.HasPrefix(line, `"restarts":`)) && !strings.HasSuffix(line, " 0") {
			return errors.New(line)
		}
	}
	return nil
}

// Which rules beyond the runtime's own the real programs need for what they can
// do today. It fails only if the whole policy is not enough; the log lists the
// rules that were not needed, for a reviewer to find a caller for or to take
// out.
func TestTreeAblation(t *testing.T) {
	if os.Getenv("DASHMP_ABLATE") == "" {
		t.Skip("slow: set DASHMP_ABLATE=1")
	}
	tr := buildTree(t)
	if err := tr.run(t.Context(), ""); err != nil {
		t.Fatalf("with all rules: %v", err)
	}
	for _, spec := range policy.All() {
		t.Run(string(spec.Role), func(t *testing.T) {
			for _, r := range spec.RulesFor(goarch()) {
				if spec.PartOf(r) == "base" {
					continue
				}
				if err := tr.run(t.Context(), string(spec.Role)+"/"+r.String()); err == nil {
					t.Logf("not needed: %s: %s", spec.PartOf(r), r)
				}
			}
		})
	}
}
