package drive

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/probe"
)

// scene is what acts refer to: another process, listening sockets, files.
type scene struct {
	cfg       Config
	target    *exec.Cmd
	listeners []net.Listener
	runs      int
	args      probe.Args
}

func newScene(cfg Config) (*scene, error) {
	s := &scene{cfg: cfg}
	s.target = exec.Command(cfg.Control, "target")
	out, err := s.target.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.target.Start(); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		return nil, errors.Join(fmt.Errorf("target: %q: %w", line, err), s.close())
	}
	s.args = probe.Args{
		Target:   s.target.Process.Pid,
		UnixPath: filepath.Join(cfg.Dir, "s"),
		Abstract: fmt.Sprintf("dash-probe-%d", os.Getpid()),
	}
	for _, name := range []string{s.args.UnixPath, "@" + s.args.Abstract} {
		l, err := net.Listen("unix", name)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.listeners = append(s.listeners, l)
	}
	return s, nil
}

func (s *scene) close() error {
	for _, l := range s.listeners {
		_ = l.Close()
	}
	err := s.target.Process.Kill()
	_ = s.target.Wait() // it was killed
	return err
}

// fresh makes a file and a directory of their own for one run.
func (s *scene) fresh() (probe.Args, error) {
	s.runs++
	args := s.args
	args.Dir = filepath.Join(s.cfg.Dir, fmt.Sprintf("d%d", s.runs))
	args.File = filepath.Join(s.cfg.Dir, fmt.Sprintf("f%d", s.runs))
	if err := os.Mkdir(args.Dir, 0o700); err != nil {
		return args, err
	}
	return args, os.WriteFile(args.File, []byte("x"), 0o600)
}

// outside runs the act in the control program, with the driver's privileges.
func (s *scene) outside(ctx context.Context, p probe.Probe) (string, error) {
	args, err := s.fresh()
	if err != nil {
		return "", err
	}
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.cfg.Control, "act", string(probe.Request{Probe: p.Name, Args: args}.JSON()))
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		ws, ok := exit.Sys().(syscall.WaitStatus)
		if ok && ws.Signaled() {
			name := unix.SignalName(ws.Signal())
			if ws.CoreDump() {
				name += " with a core"
			}
			return name, nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// bootFDs makes the descriptors that a role's manifest demands. They lead
// nowhere.
func bootFDs(spec *policy.Spec, dir string) ([]sandbox.NamedFD, func(), error) {
	var fds []sandbox.NamedFD
	var open []io.Closer
	release := func() {
		for _, c := range open {
			_ = c.Close()
		}
	}
	for _, class := range spec.Boot {
		if class.Source != "grant" {
			continue
		}
		for i := range class.Min {
			f, peer, err := bootFD(class, dir)
			if err != nil {
				release()
				return nil, nil, fmt.Errorf("descriptor %s: %w", class.Name, err)
			}
			open = append(open, f)
			if peer != nil {
				open = append(open, peer)
			}
			name := class.Name
			if class.Max > 1 {
				name = fmt.Sprintf("%s/%d", class.Name, i)
			}
			fds = append(fds, sandbox.NamedFD{Name: name, File: f})
		}
	}
	return fds, release, nil
}

// bootFD makes one descriptor; peer is the other end of a pair.
func bootFD(class policy.FDClass, dir string) (f, peer *os.File, err error) {
	typ := map[policy.FDKind]int{
		policy.KindUnixStream: unix.SOCK_STREAM, policy.KindUnixSeqpacket: unix.SOCK_SEQPACKET,
	}[class.Kind]
	switch {
	case typ != 0:
		pair, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, nil, err
		}
		return os.NewFile(uintptr(pair[0]), class.Name), os.NewFile(uintptr(pair[1]), class.Name), nil
	case class.Kind == policy.KindRegular:
		flags := map[policy.AccessMode]int{
			policy.ReadOnly: os.O_RDONLY, policy.WriteOnly: os.O_WRONLY, policy.ReadWrite: os.O_RDWR,
		}[class.Access]
		// Beside the directory that acts work in.
		f, err = os.OpenFile(dir+"."+strings.ReplaceAll(class.Name, "/", "_"), flags|os.O_CREATE, 0o600)
		return f, nil, err
	case class.Kind == policy.KindPipe:
		r, w, err := os.Pipe()
		if class.Access == policy.WriteOnly {
			r, w = w, r
		}
		return r, w, err
	case class.Kind == policy.KindTCPListener:
		lc := net.ListenConfig{}
		lc.SetMultipathTCP(false)
		l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		defer l.Close() //nolint:errcheck // the copy lives on
		f, err = l.(*net.TCPListener).File()
		return f, nil, err
	}
	return nil, nil, fmt.Errorf("the driver cannot make a %s", class.Kind)
}

func resultOf(body []byte) (string, error) {
	var r probe.Result
	if err := json.Unmarshal(body, &r); err != nil {
		return "", err
	}
	return r.Outcome, nil
}

// tailPipe returns the writing end of a pipe and a function for the last that
// was written to it, for messages.
func tailPipe() (*os.File, func() string, error) {
	const keep = 4096
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex // guards last
	var last []byte
	go func() {
		defer r.Close() //nolint:errcheck // read only
		buf := make([]byte, keep)
		for {
			n, err := r.Read(buf)
			mu.Lock()
			last = append(last, buf[:n]...)
			last = last[max(0, len(last)-keep):]
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return w, func() string {
		mu.Lock()
		defer mu.Unlock()
		return string(last)
	}, nil
}
