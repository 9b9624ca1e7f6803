package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// forbidden are calls that no role may make, whatever the arguments: each
// reaches beyond the descriptors that a process was handed.
var forbidden = map[string]string{
	"opens a path": "open openat openat2 creat open_by_handle_at name_to_handle_at open_tree open_tree_attr fsopen fspick " +
		"fsmount fsconfig move_mount mount umount2 pivot_root chroot mount_setattr swapon swapoff acct quotactl quotactl_fd",
	"names a path": "stat lstat newfstatat statx statfs access faccessat faccessat2 readlink readlinkat chdir fchdir " +
		"rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat mknod mknodat rmdir truncate " +
		"getdents getdents64 getcwd inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark",
	"changes an inode": "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat futimesat setxattr " +
		"lsetxattr fsetxattr removexattr lremovexattr fremovexattr setxattrat removexattrat getxattr listxattr file_setattr",
	"makes a socket":   "socket socketpair connect bind listen accept sendto recvfrom sendmmsg recvmmsg",
	"starts a program": "execve execveat fork vfork clone3 uselib personality",
	"touches another process": "kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd ptrace " +
		"process_vm_readv process_vm_writev process_madvise process_mrelease kcmp wait4 waitid setpgid setsid " +
		"prlimit64 setpriority sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set migrate_pages move_pages",
	"changes credentials or namespaces": "unshare setns setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid " +
		"setgroups capset seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self",
	"asks a driver or a subsystem": "ioctl io_uring_setup io_uring_enter io_uring_register io_setup io_submit keyctl add_key " +
		"request_key userfaultfd bpf perf_event_open init_module finit_module delete_module kexec_load kexec_file_load " +
		"reboot syslog lookup_dcookie iopl ioperm modify_ldt arch_prctl nfsservctl",
	"maps memory in another way": "mprotect pkey_mprotect mremap remap_file_pages shmget shmat shmctl brk mseal map_shadow_stack",
	"moves data past the checks": "splice tee vmsplice sendfile copy_file_range preadv2 pwritev2 preadv pwritev readahead",
	"makes descriptors": "dup dup2 dup3 pipe pipe2 eventfd eventfd2 epoll_create epoll_create1 signalfd signalfd4 timerfd_create " +
		"mq_open memfd_exec",
	"changes the machine": "sethostname setdomainname settimeofday clock_settime adjtimex clock_adjtime sync syncfs vhangup",
	"sets a limit":        "setrlimit umask",
}

func TestNoRoleMayMakeAForbiddenCall(t *testing.T) {
	for _, spec := range policy.All() {
		for _, r := range spec.Rules() {
			for why, names := range forbidden {
				if slices.Contains(strings.Fields(names), r.Syscall) {
					t.Errorf("%s: %s %s", spec.Role, r, why)
				}
			}
		}
	}
}

// A name that the tables lack would make the list above say nothing.
func TestForbiddenNamesExist(t *testing.T) {
	for _, names := range forbidden {
		for _, name := range strings.Fields(names) {
			_, amd := policy.SyscallNumber("amd64", name)
			_, arm := policy.SyscallNumber("arm64", name)
			if !amd && !arm && name != "memfd_exec" {
				t.Errorf("no architecture has a call %q", name)
			}
		}
	}
}

// conditional calls are too wide without a condition.
var conditional = strings.Fields("clone mmap madvise tgkill prctl fcntl futex getsockopt setsockopt recvmsg sendmsg " +
	"memfd_create memfd_secret accept4 shutdown flock fallocate clock_gettime getrandom sched_getaffinity getpriority")

func TestEveryRuleIsSound(t *testing.T) {
	for _, spec := range policy.All() {
		unconditional := make(map[string]bool)
		rules := spec.Rules()
		for _, r := range rules {
			if len(r.Reason) < 4 {
				t.Errorf("%s: %s has no reason", spec.Role, r)
			}
			for _, goarch := range policy.Architectures() {
				if _, ok := policy.SyscallNumber(goarch, r.Syscall); !ok {
					t.Errorf("%s: %s does not exist on %s", spec.Role, r, goarch)
				}
			}
			if r.Errno < 0 || r.Errno > 4095 {
				t.Errorf("%s: %s: no errno", spec.Role, r)
			}
			if len(r.Args) == 0 {
				unconditional[r.Syscall] = true
				if slices.Contains(conditional, r.Syscall) {
					t.Errorf("%s: %s needs a condition", spec.Role, r)
				}
			}
			checkConditions(t, spec.Role, r)
		}
		for _, r := range rules {
			if len(r.Args) > 0 && unconditional[r.Syscall] {
				t.Errorf("%s: %s: the call is allowed without a condition, too", spec.Role, r)
			}
		}
	}
}

func checkConditions(t *testing.T, role policy.Role, r policy.Rule) {
	t.Helper()
	seen := make(map[uint]bool)
	for _, c := range r.Args {
		if c.Arg > 5 || seen[c.Arg] {
			t.Errorf("%s: %s: argument %d twice or beyond 5", role, r, c.Arg)
		}
		seen[c.Arg] = true
		switch c.Op {
		case policy.Eq, policy.LE:
			if c.Mask != 0 {
				t.Errorf("%s: %s: a mask that is not used", role, r)
			}
		case policy.MaskedEq:
			if c.Value&^c.Mask != 0 {
				t.Errorf("%s: %s: can never hold", role, r)
			}
			// Else a dirty upper half slips by.
			if c.Mask>>32 != 0xffffffff {
				t.Errorf("%s: %s: the upper half is not looked at", role, r)
			}
		default:
			t.Errorf("%s: %s: operator %q", role, r, c.Op)
		}
		if c.Pid && c.Op != policy.Eq {
			t.Errorf("%s: %s: a pid is compared by ==", role, r)
		}
	}
}

// Every mapping that a role may make is tried with PROT_EXEC added.
func TestNoExecutableMappings(t *testing.T) {
	const protExec = 4
	for _, spec := range policy.All() {
		for _, goarch := range policy.Architectures() {
			e, err := spec.Evaluator(goarch)
			if err != nil {
				t.Fatal(err)
			}
			nr, _ := policy.SyscallNumber(goarch, "mmap")
			arch, _ := policy.AuditArch(goarch)
			for flags := range uint64(0x100) {
				for prot := range uint64(8) {
					c := policy.Call{Arch: arch, Nr: uint32(nr), Args: [6]uint64{0, 4096, prot, flags}}
					d := e.Decide(policy.Enforce, 1, c)
					if prot&protExec != 0 && d.Action != policy.ActionKill {
						t.Errorf("%s on %s: mmap with prot %#x flags %#x: %s", spec.Role, goarch, prot, flags, d.Action)
					}
					if flags == 0x22 && prot == 3 && d.Action != policy.ActionAllow {
						t.Errorf("%s on %s: anonymous memory is refused: %s", spec.Role, goarch, d.Why)
					}
				}
			}
		}
	}
}

// Only what serves secrets maps shared memory writable: a database or a block
// file is changed by calls that the kernel checks.
func TestOnlySecretsAreMappedWritable(t *testing.T) {
	for _, spec := range policy.All() {
		e, err := spec.Evaluator("amd64")
		if err != nil {
			t.Fatal(err)
		}
		c := policy.Call{Arch: policy.AuditAMD64, Nr: 9, Args: [6]uint64{0, 4096, 3, 1}}
		got := e.Decide(policy.Enforce, 1, c).Action
		want := policy.ActionKill
		if spec.Role == policy.Signer || spec.Role == policy.RPC {
			want = policy.ActionAllow
		}
		if got != want {
			t.Errorf("%s: mmap(PROT_READ|PROT_WRITE, MAP_SHARED): %s, want %s", spec.Role, got, want)
		}
	}
}

func TestGetReturnsValuesOfTheCallersOwn(t *testing.T) {
	for _, role := range policy.Roles() {
		a, ok := policy.Get(role)
		if !ok {
			t.Fatalf("no role %s", role)
		}
		want := fmt.Sprintf("%#v", a)
		a.Parts[0].Rules[0].Syscall = "execve"
		a.Parts[0].Rules = append(a.Parts[0].Rules[:1:1], policy.Rule{Syscall: "socket"})
		a.Limits[0].Soft = 7
		a.Boot[0].Max = 99
		a.Landlock.FS[0].Bit = 0
		b, _ := policy.Get(role)
		if got := fmt.Sprintf("%#v", b); got != want {
			t.Errorf("%s changed under its next caller", role)
		}
	}
	for _, role := range []policy.Role{"", "nobody", policy.Supervisor} {
		if _, ok := policy.Get(role); ok {
			t.Errorf("role %q has a spec", role)
		}
	}
}

// The rules of each role, one per line with part and reason: a reviewer sees a
// change of power as a line.
func TestRulesGolden(t *testing.T) {
	for _, spec := range policy.All() {
		var b strings.Builder
		for _, r := range spec.Rules() {
			fmt.Fprintf(&b, "%s\n\t%s: %s\n", r, spec.PartOf(r), r.Reason)
		}
		golden(t, string(spec.Role)+".rules", b.String())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test ./policy -update)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s changed; if that is meant, review it and run go test ./policy -update (-want +got):\n%s", name, diff)
	}
}
