package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/integration/look"
	"dashmp/ipc"
	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/build"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role/config"
)

// realStamp makes the build id of the programs built here known.
const realStamp = "real"

var realBuilt atomic.Bool

// realPrograms builds the role programs as they are shipped, once.
var realPrograms = sync.OnceValues(func() (string, error) {
	realBuilt.Store(true)
	dir, err := os.MkdirTemp("", "dash-real-roles")
	if err != nil {
		return "", err
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-X dashmp/sandbox/build.stamp=" + realStamp, "-o", dir + "/"}
	for _, s := range policy.All() {
		args = append(args, "dashmp/cmd/"+s.Program)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return dir, nil
})

// realTree is a tree of the real role programs.
type realTree struct {
	*Tree
	t   *testing.T
	log *buffer
}

// newRealTree starts the tree on regtest, as dash-node does.
func newRealTree(t *testing.T) *realTree {
	t.Helper()
	if testing.Short() {
		t.Skip("builds every role program")
	}
	dir, err := realPrograms()
	if err != nil {
		t.Fatal(err)
	}
	root, log := t.TempDir(), &buffer{}
	service := logd.New(logd.Options{Console: log})
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	all := append([]policy.Role{policy.Echo}, fourRoles()...)
	programs, err := OpenPrograms([]string{dir}, all)
	if err != nil {
		t.Fatal(err)
	}
	filters, err := CompileFilters(all, sandbox.ModeEnforce)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := New(Config{
		Build: build.Version + "+" + realStamp, Mode: sandbox.ModeEnforce, Roles: fourRoles(), Programs: programs,
		Filters: filters, Configs: realConfigs(t, root), Log: service, Logger: service.Logger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := datadir.Open(datadir.Options{Root: root, Net: "regtest"})
	if err != nil {
		t.Fatal(err)
	}
	cookie, err := host.SecretFile("rpccookie", []byte("__cookie__:x"))
	if err != nil {
		t.Fatal(err)
	}
	runner := notify.New(notify.Options{Logger: slog.New(slog.DiscardHandler)})
	r := &realTree{Tree: tree, t: t, log: log}
	t.Cleanup(func() {
		r.Stop(context.Background())
		runner.Close()
		data.Close()
		cookie.Close()
		closePrograms(programs)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = service.Close(ctx) // what is lost is lost
		if t.Failed() {
			t.Log(log.String())
		}
	})
	if err := r.Start(t.Context(), Holdings{
		Dir: data, Notify: runner, Secrets: map[policy.Role]map[string]*os.File{policy.RPC: {"rpccookie": cookie}},
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

func realConfigs(t *testing.T, root string) map[policy.Role]config.Config {
	t.Helper()
	files, err := hostfiles.New()
	if err != nil {
		t.Fatal(err)
	}
	c, err := options.Parse(options.DashNode, []string{"-regtest", "-datadir=" + root, "-listen=0"}, files)
	if err != nil {
		t.Fatal(err)
	}
	all := map[policy.Role]config.Config{}
	for _, r := range fourRoles() {
		spec, _ := policy.Get(r)
		all[r] = config.New(spec, c, config.Config{Chain: "regtest", ChainName: "regtest", Started: time.Now().Unix(), DataDir: filepath.Join(root, "regtest")})
	}
	return all
}

// sibling gives a role a new connection to one of its siblings, in place of the
// one it has, and returns the other end: a blocking socket with a time-out.
func (r *realTree) sibling(role, peer policy.Role) int {
	r.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		r.t.Fatal(err)
	}
	tv := unix.NsecToTimeval((20 * time.Second).Nanoseconds())
	_ = unix.SetsockoptTimeval(fds[1], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv)
	_ = unix.SetsockoptTimeval(fds[1], unix.SOL_SOCKET, unix.SO_SNDTIMEO, &tv)
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	inst := r.instance(role)
	if inst == nil {
		r.t.Fatalf("%s is not running", role)
	}
	if err := inst.link.Connect(ctx, string(peer), ipc.NewFD(fds[0])); err != nil {
		r.t.Fatalf("%s takes no connection to %s: %v", role, peer, err)
	}
	return fds[1]
}

// victim is what must not change about a process, whatever is sent to it.
type victim struct {
	inst *instance
	fds  int // open descriptors, -1 where the kernel hides them
	rss  int // KiB
}

func (r *realTree) victim(role policy.Role) victim {
	r.t.Helper()
	inst := r.instance(role)
	if inst == nil {
		r.t.Fatalf("%s is not running", role)
	}
	return victim{inst, look.Descriptors(inst.proc.PID()), look.KiB(inst.proc.PID(), "VmRSS:")}
}

// cap lowers what a process may have: descriptors beyond those it has, and
// address space. It returns the limits.
func (v victim) cap(t *testing.T, moreFDs int, moreBytes uint64) {
	t.Helper()
	pid := v.inst.proc.PID()
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_NOFILE: uint64(max(v.fds, 32) + moreFDs),
		unix.RLIMIT_AS:     uint64(look.KiB(pid, "VmSize:"))<<10 + moreBytes,
	} {
		var old unix.Rlimit
		if err := unix.Prlimit(pid, resource, nil, &old); err != nil {
			t.Skipf("limits of %s: %v", v.inst.role, err)
		}
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: limit, Max: old.Max}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// unharmed checks that the same process answers, holds what it held, and has not
// grown.
func (r *realTree) unharmed(before victim, moreKiB int) {
	r.t.Helper()
	role := before.inst.role
	if r.instance(role) != before.inst {
		r.t.Fatalf("%s died", role)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := before.inst.link.SetLogging(ctx, nil); err != nil {
		r.t.Errorf("%s does not answer its supervisor: %v", role, err)
	}
	var now victim
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		now = r.victim(role)
		if now.fds <= before.fds || time.Now().After(end) {
			break
		}
	}
	if now.fds > before.fds {
		r.t.Errorf("%s holds %d descriptors, %d before", role, now.fds, before.fds)
	}
	if now.rss > before.rss+moreKiB {
		r.t.Errorf("%s has %d KiB, %d before", role, now.rss, before.rss)
	}
}

// removeRealPrograms ends what realPrograms began, if anybody asked for it.
func removeRealPrograms() {
	if realBuilt.Load() {
		dir, _ := realPrograms()
		_ = os.RemoveAll(dir)
	}
}
