package ablate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy/ablate"
)

// hook is added to package policy in the dash-node of TestAblation, and in
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
	build("CGO_ENABLED=0", "./cmd/dash-node-core", "./cmd/dash-node-rpc", "./cmd/dash-wallet", "./cmd/dash-signer", "./cmd/dash-echo")
	return tree{dir}
}

// liveTree is a running tree and a client of its RPC.
type liveTree struct {
	cmd    *exec.Cmd
	dir    string
	addr   string // of RPC
	p2p    string
	ended  chan struct{}
	said   bytes.Buffer // stderr; read after ended
	client http.Client
}

// freeAddresses returns two addresses that were free a moment ago.
func freeAddresses() (a, b string, err error) {
	for _, to := range []*string{&a, &b} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close()
		*to = l.Addr().String()
	}
	return a, b, nil
}

// begin starts the tree without one rule ("role/rule", "" for none), old as on a
// kernel that lacks memfd_secret.
func (tr tree) begin(ctx context.Context, without string, old bool) (*liveTree, error) {
	dir, err := os.MkdirTemp("", "tree")
	if err != nil {
		return nil, err
	}
	addr, p2p, err := freeAddresses()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	n := &liveTree{dir: dir, addr: addr, p2p: p2p, ended: make(chan struct{}), client: http.Client{Timeout: 10 * time.Second}}
	n.cmd = exec.CommandContext(ctx, filepath.Join(tr.bin, "dash-node"),
		"-regtest", "-datadir="+dir, "-rpcport="+port, "-bind="+p2p, "-printtoconsole=0", "-debug=1")
	n.cmd.Env = []string{"DASHMP_WITHOUT=" + without}
	if old {
		n.cmd.Env = append(n.cmd.Env, fmt.Sprintf("%s=%d", ablate.WithoutVar, unix.SYS_MEMFD_SECRET))
		n.cmd.Path, n.cmd.Args = os.Args[0], append(os.Args[:1:1], n.cmd.Args...)
	}
	n.cmd.Stderr = &n.said
	if err := n.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	go func() {
		defer close(n.ended)
		_ = n.cmd.Wait() // judged by its state
	}()
	return n, nil
}

// run starts the tree without a rule, uses it and stops it, here and as on an
// older kernel. The error says in which step a role broke its sandbox or a call
// failed.
func (tr tree) run(ctx context.Context, without string) error {
	if err := tr.once(ctx, without, false); err != nil {
		return err
	}
	if err := tr.once(ctx, without, true); err != nil {
		return fmt.Errorf("without memfd_secret, %w", err)
	}
	return nil
}

func (tr tree) once(ctx context.Context, without string, old bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	n, err := tr.begin(ctx, without, old)
	if err != nil {
		return err
	}
	defer os.RemoveAll(n.dir)
	defer func() {
		_ = n.cmd.Process.Kill()
		<-n.ended
		n.client.CloseIdleConnections()
	}()
	for _, s := range steps() {
		if err := s.do(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := n.violation(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (n *liveTree) log() []byte {
	b, _ := os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
	return b
}

var violated = regexp.MustCompile(`dash\S* violated its sandbox: .*`)

// violation is what the supervisor has logged of one.
func (n *liveTree) violation() error {
	if m := violated.Find(n.log()); m != nil {
		return errors.New(string(m))
	}
	return nil
}

// call makes an RPC; an error that the node answered with is none here.
func (n *liveTree) call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	cookie, err := os.ReadFile(filepath.Join(n.dir, "regtest", ".cookie"))
	if err != nil {
		return nil, err
	}
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.addr+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	user, pw, _ := strings.Cut(string(cookie), ":")
	req.SetBasicAuth(user, pw)
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var reply struct {
		Result, Error json.RawMessage
	}
	if err := json.Unmarshal(text, &reply); err != nil {
		return nil, fmt.Errorf("%s: HTTP %d: %.200q", method, resp.StatusCode, text)
	}
	if string(reply.Result) == "null" && string(reply.Error) != "null" {
		return nil, fmt.Errorf("%s: %w", method, &refusal{string(reply.Error)})
	}
	return reply.Result, nil
}

// refusal is an error of the node's own.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// until waits for a condition, the end of the node or of ctx.
func (n *liveTree) until(ctx context.Context, ok func() bool) error {
	for !ok() {
		select {
		case <-n.ended:
			return fmt.Errorf("the node ended: %v: %s", n.cmd.ProcessState, &n.said)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
		if err := n.violation(); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the tree in order.
func (n *liveTree) stop(ctx context.Context) error {
	if _, err := n.call(ctx, "stop"); err != nil {
		return err
	}
	select {
	case <-n.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 0 || n.said.Len() > 0 {
		return fmt.Errorf("exit code %d: %s", code, &n.said)
	}
	return nil
}

// kill ends the process of a role.
func (n *liveTree) kill(ctx context.Context, role string) error {
	before, err := n.process(ctx, role)
	if err != nil {
		return err
	}
	return syscall.Kill(before.PID, syscall.SIGKILL)
}

type processInfo struct {
	Role     string `json:"role"`
	State    string `json:"state"`
	PID      int    `json:"pid"`
	Restarts int    `json:"restarts"`
}

// process is what getisolationinfo says of a role.
func (n *liveTree) process(ctx context.Context, role string) (processInfo, error) {
	raw, err := n.call(ctx, "getisolationinfo")
	if err != nil {
		return processInfo{}, err
	}
	var iso struct{ Processes []processInfo }
	if err := json.Unmarshal(raw, &iso); err != nil {
		return processInfo{}, err
	}
	for _, p := range iso.Processes {
		if p.Role == role {
			return p, nil
		}
	}
	return processInfo{}, fmt.Errorf("no process of %s", role)
}
