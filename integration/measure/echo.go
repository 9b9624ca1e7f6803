package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/policy"
	"dashmp/policy/compile"
	"dashmp/sandbox"
	"dashmp/sandbox/build"
)

// echo is a running echo process and a connection to it.
type echo struct {
	child *sandbox.Child
	conn  *ipc.Conn
	peer  ipc.Echo
	close func()
	// ready is the time from fork to the self-report.
	ready time.Duration
}

// startEcho starts dash-echo as the supervisor does.
func (b *bench) startEcho(ctx context.Context, s *sandbox.Spawner, mode sandbox.Mode) (_ *echo, err error) {
	program, err := os.Open(filepath.Join(b.programs, "dash-echo"))
	if err != nil {
		return nil, err
	}
	defer program.Close()
	stderrR, stderrW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stderrW.Close()
	spec, _ := policy.Get(policy.Echo)
	begin := time.Now()
	child, err := s.Start(ctx, sandbox.Command{Program: program, Name: "dash-echo", Stderr: stderrW, Limits: spec.Limits})
	if err != nil {
		return nil, err
	}
	e := &echo{child: child, close: func() {
		_ = child.Kill()
		_, _ = child.Wait(context.Background())
		_ = child.Close()
		stderrR.Close()
	}}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	g := sandbox.Grant{
		Role: spec.Role, Build: build.ID(), Mode: mode, Landlock: spec.Landlock, Config: json.RawMessage("{}"),
	}
	if mode.Layers() {
		p, err := compile.CompileFor(spec, runtime.GOARCH, policy.Enforce)
		if err != nil {
			return nil, err
		}
		g.Filter = p.ForPID(child.PID()).Bytes()
	}
	if err := child.Send(ctx, g); err != nil {
		return nil, err
	}
	if _, err := child.AwaitReady(ctx); err != nil {
		return nil, err
	}
	e.ready = time.Since(begin)
	return e, e.connect(ctx)
}

func (e *echo) connect(ctx context.Context) error {
	conn, err := ipc.NewConn(e.child.TakeSocket(), ipc.Options{Name: "bench", Peer: "echo"})
	if err != nil {
		return err
	}
	e.conn = conn
	end := e.close
	e.close = func() { conn.Close(); end() }
	first, err := initproxy.BootstrapInit(ctx, conn)
	if err != nil {
		return err
	}
	e.peer, err = first.MakeEcho(ctx)
	return err
}

// sandboxCost compares calls to a confined and to an unconfined process.
func (b *bench) sandboxCost(ctx context.Context) error {
	s, err := sandbox.NewSpawner()
	if err != nil {
		return err
	}
	defer s.Close()
	ctx = ipc.WithThread(ctx, "bench")
	var sides [2]*echo
	for i, mode := range []sandbox.Mode{sandbox.ModeEnforce, sandbox.ModeOff} {
		if sides[i], err = b.startEcho(ctx, s, mode); err != nil {
			return fmt.Errorf("echo in mode %s: %w", mode, err)
		}
		defer sides[i].close()
	}
	var times [2][]time.Duration
	for range b.rounds * 4 {
		for i, e := range sides {
			m, err := sample(300, func() error {
				_, err := e.peer.Echo(ctx, "")
				return err
			})
			if err != nil {
				return err
			}
			times[i] = append(times[i], m)
		}
	}
	on, off := median(times[0]), median(times[1])
	b.printf("echo call, sandbox on / off          %8.1f / %.1f µs   ratio %.3f (at most 1.02)", micros(on), micros(off), ratio(on, off))
	return nil
}

// spawn times the echo role from fork to its report.
func (b *bench) spawn(ctx context.Context) error {
	s, err := sandbox.NewSpawner()
	if err != nil {
		return err
	}
	defer s.Close()
	var times []time.Duration
	for range b.rounds * 2 {
		e, err := b.startEcho(ctx, s, sandbox.ModeEnforce)
		if err != nil {
			return errors.Join(errors.New("spawn"), err)
		}
		times = append(times, e.ready)
		e.close()
	}
	b.printf("echo role, fork to ready             %8.2f ms (at most 10)", micros(median(times))/1e3)
	return nil
}
