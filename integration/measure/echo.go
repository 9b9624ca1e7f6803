package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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

// sandboxCost compares calls to a confined and to unconfined processes. Where its
// memory happens to lie makes one process up to 5 % slower than its like, so each
// round has new ones, and of the rounds' ratios the median counts. The ratio of
// two unconfined processes shows what is left of the noise.
func (b *bench) sandboxCost(ctx context.Context) error {
	s, err := sandbox.NewSpawner()
	if err != nil {
		return err
	}
	defer s.Close()
	ctx = ipc.WithThread(ctx, "bench")
	var on, off []time.Duration
	var cost, noise []float64
	for range b.rounds {
		m, err := b.threeEchoes(ctx, s)
		if err != nil {
			return err
		}
		on, off = append(on, m[0]), append(off, m[1])
		cost, noise = append(cost, ratio(m[0], m[1])), append(noise, ratio(m[2], m[1]))
	}
	slices.Sort(cost)
	slices.Sort(noise)
	n := len(cost)
	b.printf("echo call, sandbox on / off          %8.1f / %.1f µs   ratio %.3f (at most 1.02), quartiles %.3f and %.3f; off / off %.3f",
		micros(median(on)), micros(median(off)), cost[n/2], cost[n/4], cost[3*n/4], noise[n/2])
	return nil
}

// threeEchoes returns the median call to a confined process and to two unconfined
// ones, taken in turn.
func (b *bench) threeEchoes(ctx context.Context, s *sandbox.Spawner) (m [3]time.Duration, err error) {
	var sides [3]*echo
	for i, mode := range []sandbox.Mode{sandbox.ModeEnforce, sandbox.ModeOff, sandbox.ModeOff} {
		if sides[i], err = b.startEcho(ctx, s, mode); err != nil {
			return m, fmt.Errorf("echo in mode %s: %w", mode, err)
		}
		defer sides[i].close()
	}
	var times [3][]time.Duration
	for turn := range 40 {
		for k := range sides {
			i := (k + turn) % len(sides)
			d, err := sample(200, func() error {
				_, err := sides[i].peer.Echo(ctx, "")
				return err
			})
			if err != nil {
				return m, err
			}
			times[i] = append(times[i], d)
		}
	}
	for i := range m {
		m[i] = median(times[i])
	}
	return m, nil
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
