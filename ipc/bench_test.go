package ipc

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
)

// The benchmarks measure two processes: the test binary runs itself again, with
// a socket as descriptor 3.
const benchChildEnv = "DASHMP_IPC_BENCH_CHILD"

// benchChildCPUEnv pins the child to a CPU, so that both comparisons have the
// same placement: what the kernel chooses by itself differs from run to run and
// moves every figure by a factor of four.
const benchChildCPUEnv = "DASHMP_IPC_BENCH_CPU"

// peerProcess starts the child in the given mode and returns its socket.
func peerProcess(b testing.TB, mode string) *os.File {
	b.Helper()
	near, far := socketPair(b)
	cmd := exec.Command(os.Args[0])
	if cpu := os.Getenv(benchChildCPUEnv); cpu != "" {
		cmd = exec.Command("taskset", "-c", cpu, os.Args[0])
	}
	cmd.Env = append(os.Environ(), benchChildEnv+"="+mode)
	cmd.ExtraFiles = []*os.File{far}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	far.Close()
	b.Cleanup(func() {
		near.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return near
}

// benchChild is the child's main.
func benchChild(mode string) {
	// The parent passes a non-blocking socket; os/exec may have changed that.
	syscall.SetNonblock(3, true)
	f := os.NewFile(3, "socket")
	if mode == "bare" {
		buf := make([]byte, 64)
		for {
			if n, err := f.Read(buf); err != nil || n != 64 {
				return
			}
			if _, err := f.Write(buf); err != nil {
				return
			}
		}
	}
	c, err := NewConn(f, Options{Name: "child", Peer: "parent", Bootstrap: benchObject()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-c.Done()
}

// benchObject offers: 0 nothing, 1 a payload in the message, 2 the same in a
// Bulk that is looked at where it is, 3 a descriptor, 4 a Bulk that is copied.
func benchObject() *Object {
	return probe(
		func(context.Context, *ServerCall) error { return nil },
		func(_ context.Context, sc *ServerCall) error {
			p, err := sc.Params().Ptr(1)
			if err == nil && len(p.Data()) != bulkBytes {
				err = Errorf(ErrFailed, "payload of %d bytes", len(p.Data()))
			}
			return err
		},
		func(_ context.Context, sc *ServerCall) error {
			v, err := sc.ParamCaps().TakeBulk(sc.Params(), 1)
			if err != nil {
				return err
			}
			defer v.Close()
			return v.Open(func(p []byte) error {
				if len(p) != bulkBytes {
					return Errorf(ErrFailed, "payload of %d bytes", len(p))
				}
				return nil
			})
		},
		func(_ context.Context, sc *ServerCall) error {
			f, err := sc.ParamCaps().TakeFD(sc.Params(), 1)
			f.Close()
			return err
		},
		func(_ context.Context, sc *ServerCall) error {
			v, err := sc.ParamCaps().TakeBulk(sc.Params(), 1)
			if err != nil {
				return err
			}
			defer v.Close()
			_, err = v.Bytes()
			return err
		},
	)
}

const bulkBytes = 1 << 20

func benchPeer(b *testing.B) (*Conn, *Ref) {
	b.Helper()
	c, err := NewConn(peerProcess(b, "serve"), Options{Name: "parent", Peer: "child"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c, bootstrapRef(b, c)
}

func emptyCall(ctx context.Context, r *Ref, m *Method) error {
	call, err := r.Begin(ctx, m)
	if err != nil {
		return err
	}
	err = call.Send()
	call.Done()
	return err
}

// emptyMethod has a Context and nothing else.
func emptyMethod() *Method {
	m := probeMethod(0)
	m.Params = capnp.ObjectSize{PointerCount: 1}
	m.Results = capnp.ObjectSize{}
	return m
}

func BenchmarkBareRoundTrip(b *testing.B) {
	f := peerProcess(b, "bare")
	buf := make([]byte, 64)
	for b.Loop() {
		if _, err := f.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := f.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmptyCall(b *testing.B) {
	_, r := benchPeer(b)
	ctx := WithThread(context.Background(), "bench")
	m := emptyMethod()
	b.ReportAllocs()
	for b.Loop() {
		if err := emptyCall(ctx, r, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmptyCallCancellable(b *testing.B) {
	_, r := benchPeer(b)
	ctx, cancel := context.WithCancel(WithThread(context.Background(), "bench"))
	defer cancel()
	m := emptyMethod()
	b.ReportAllocs()
	for b.Loop() {
		if err := emptyCall(ctx, r, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCallers(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, r := benchPeer(b)
			m := emptyMethod()
			var wg sync.WaitGroup
			b.ResetTimer()
			for i := range n {
				wg.Add(1)
				go func() {
					defer wg.Done()
					ctx := WithThread(context.Background(), "bench")
					for range b.N/n + min(1, b.N%n-i) {
						if err := emptyCall(ctx, r, m); err != nil {
							b.Error(err)
							return
						}
					}
				}()
			}
			wg.Wait()
		})
	}
}

func BenchmarkMessageMiB(b *testing.B) {
	_, r := benchPeer(b)
	ctx := WithThread(context.Background(), "bench")
	data := bytes.Repeat([]byte{1}, bulkBytes)
	b.SetBytes(bulkBytes)
	for b.Loop() {
		err := invoke(ctx, r, 1, func(s capnp.Struct, _ *Caps) error { return s.SetData(1, data) }, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBulkMiB(b *testing.B)       { benchBulk(b, 2) }
func BenchmarkBulkMiBCopied(b *testing.B) { benchBulk(b, 4) }

func benchBulk(b *testing.B, ordinal uint16) {
	_, r := benchPeer(b)
	ctx := WithThread(context.Background(), "bench")
	data := bytes.Repeat([]byte{1}, bulkBytes)
	b.SetBytes(bulkBytes)
	for b.Loop() {
		err := invoke(ctx, r, ordinal, func(s capnp.Struct, t *Caps) error {
			v, err := NewBulk(data)
			if err != nil {
				return err
			}
			return t.PutBulk(s, 1, v)
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCallWithDescriptor(b *testing.B) {
	_, r := benchPeer(b)
	ctx := WithThread(context.Background(), "bench")
	null, err := os.Open(os.DevNull)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	for b.Loop() {
		err := invoke(ctx, r, 3, func(s capnp.Struct, t *Caps) error {
			fd, err := syscall.Dup(int(null.Fd()))
			if err != nil {
				return err
			}
			return t.PutFD(s, 1, NewFD(fd))
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEmptyCallRatio measures empty calls and bare round trips between the
// same two machines' worth of processes in turns, and reports both medians and
// their ratio.
func BenchmarkEmptyCallRatio(b *testing.B) {
	bare := peerProcess(b, "bare")
	_, r := benchPeer(b)
	ctx := WithThread(context.Background(), "bench")
	m := emptyMethod()
	buf := make([]byte, 64)
	var trips, calls []time.Duration
	const turn = 100
	for b.Loop() {
		for range turn {
			begin := time.Now()
			if _, err := bare.Write(buf); err != nil {
				b.Fatal(err)
			}
			if _, err := bare.Read(buf); err != nil {
				b.Fatal(err)
			}
			trips = append(trips, time.Since(begin))
		}
		for range turn {
			begin := time.Now()
			if err := emptyCall(ctx, r, m); err != nil {
				b.Fatal(err)
			}
			calls = append(calls, time.Since(begin))
		}
	}
	slices.Sort(trips)
	slices.Sort(calls)
	trip, call := trips[len(trips)/2], calls[len(calls)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(trip.Nanoseconds()), "bare-ns")
	b.ReportMetric(float64(call.Nanoseconds()), "call-ns")
	b.ReportMetric(float64(call)/float64(trip), "ratio")
}
