package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running node, ours or Dash Core's.
type server struct {
	cmd    *exec.Cmd
	dir    string
	url    string
	auth   string
	client *http.Client
}

func startServer(ctx context.Context, program string) (*server, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir, err := os.MkdirTemp("", "dash-measure")
	if err != nil {
		return nil, err
	}
	s := &server{
		dir: dir, url: fmt.Sprintf("http://127.0.0.1:%d/", port),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1}},
	}
	s.cmd = exec.CommandContext(ctx, program, "-regtest", "-datadir="+dir, "-rpcport="+strconv.Itoa(port), "-listen=0",
		"-printtoconsole=0", "-logtimemicros")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if cookie, err := os.ReadFile(filepath.Join(dir, "regtest", ".cookie")); err == nil {
			s.auth = "Basic " + base64.StdEncoding.EncodeToString(cookie)
			if s.call("getblockcount", "[]") == nil {
				return s, nil
			}
		}
		if time.Now().After(until) {
			s.stop()
			return nil, fmt.Errorf("%s: no answer in 30 s", program)
		}
	}
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	s.client.CloseIdleConnections()
	os.RemoveAll(s.dir)
}

func (s *server) call(method, params string) error {
	return s.post(`{"jsonrpc":"1.0","id":1,"method":"` + method + `","params":` + params + `}`)
}

func (s *server) post(body string) error {
	req, err := http.NewRequest(http.MethodPost, s.url, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", s.auth)
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return nil
}

// tree tells when each role was ready, and what the idle tree weighs.
func (b *bench) tree(ctx context.Context) error {
	ready := map[string][]time.Duration{}
	var start []time.Duration
	var memory map[string]int
	for i := range b.rounds / 2 {
		begin := time.Now()
		s, err := startServer(ctx, filepath.Join(b.programs, "dash-node"))
		if err != nil {
			return err
		}
		start = append(start, time.Since(begin))
		if i == 0 {
			time.Sleep(3 * time.Second) // let it come to rest
			memory = treeMemory(s.cmd.Process.Pid)
		}
		err = rolesReady(filepath.Join(s.dir, "regtest", "debug.log"), ready)
		s.stop()
		if err != nil {
			return err
		}
	}
	for _, role := range []string{"core", "rpc", "wallet", "signer"} {
		b.printf("%-6s role, grant to ready           %8.2f ms (at most 10; all four start at once)", role, micros(median(ready[role]))/1e3)
	}
	b.printf("dash-node, start to first answer     %8.2f ms", micros(median(start))/1e3)
	total := 0
	var parts []string
	for name, kib := range memory {
		total += kib
		parts = append(parts, fmt.Sprintf("%s %.1f", name, float64(kib)/1024))
	}
	b.printf("idle tree, proportional set size     %8.1f MiB (at most 60): %s", float64(total)/1024, strings.Join(parts, ", "))
	return nil
}

var (
	grantLine = regexp.MustCompile(`^(\S+Z) .*grant role=(\w+) .*name=log `)
	readyLine = regexp.MustCompile(`^(\S+Z) (\w+) is up `)
)

// rolesReady reads from a log how long after its grant each role was ready.
func rolesReady(path string, into map[string][]time.Duration) error {
	log, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	granted := map[string]time.Time{}
	for _, line := range strings.Split(string(log), "\n") {
		for _, re := range []*regexp.Regexp{grantLine, readyLine} {
			m := re.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			at, err := time.Parse(time.RFC3339Nano, m[1])
			if err != nil {
				return err
			}
			if re == grantLine {
				granted[m[2]] = at
			} else if begin, ok := granted[m[2]]; ok {
				into[m[2]] = append(into[m[2]], at.Sub(begin))
			}
		}
	}
	return nil
}

// treeMemory is the proportional set size in KiB of a process and its children.
func treeMemory(pid int) map[string]int {
	memory := map[string]int{}
	pids := []string{strconv.Itoa(pid)}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		b, _ := os.ReadFile(t)
		pids = append(pids, strings.Fields(string(b))...)
	}
	for _, p := range pids {
		name, _ := os.ReadFile("/proc/" + p + "/comm")
		smaps, _ := os.ReadFile("/proc/" + p + "/smaps_rollup")
		for _, line := range strings.Split(string(smaps), "\n") {
			var kib int
			if n, _ := fmt.Sscanf(line, "Pss: %d kB", &kib); n == 1 {
				memory[strings.TrimSpace(string(name))] += kib
			}
		}
	}
	return memory
}

// rpc compares RPC latencies of dash-node, dashd and Dash Core's dashd.
func (b *bench) rpc(ctx context.Context) error {
	names := []string{"dash-node", "dashd"}
	paths := []string{filepath.Join(b.programs, "dash-node"), filepath.Join(b.programs, "dashd")}
	if b.core != "" {
		names, paths = append(names, "Dash Core"), append(paths, filepath.Join(b.core, "dashd"))
	}
	var servers []*server
	for _, p := range paths {
		s, err := startServer(ctx, p)
		if err != nil {
			return err
		}
		defer s.stop()
		servers = append(servers, s)
	}
	const genesis = `["000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e",2]`
	batch := "[" + strings.Repeat(`{"method":"getblockcount","params":[],"id":1},`, 99) + `{"method":"getblockcount","params":[],"id":1}]`
	for _, c := range []struct {
		name string
		n    int
		call func(*server) error
	}{
		{"uptime (answered in the rpc role)", 200, func(s *server) error { return s.call("uptime", "[]") }},
		{"getblockcount (one process further)", 200, func(s *server) error { return s.call("getblockcount", "[]") }},
		{"getblock 2 (genesis)", 100, func(s *server) error { return s.call("getblock", genesis) }},
		{"batch of 100 getblockcount", 10, func(s *server) error { return s.post(batch) }},
	} {
		times := make([][]time.Duration, len(servers))
		for range b.rounds {
			for i, s := range servers {
				m, err := sample(c.n, func() error { return c.call(s) })
				if err != nil {
					return fmt.Errorf("%s of %s: %w", c.name, names[i], err)
				}
				times[i] = append(times[i], m)
			}
		}
		var text []string
		for i := range servers {
			text = append(text, fmt.Sprintf("%s %.1f µs", names[i], micros(median(times[i]))))
		}
		line := fmt.Sprintf("%-36s %s; ratio to dashd %.2f", c.name, strings.Join(text, ", "), ratio(median(times[0]), median(times[1])))
		if b.core != "" {
			line += fmt.Sprintf(", to Dash Core %.2f", ratio(median(times[0]), median(times[2])))
		}
		b.printf("%s", line)
	}
	return nil
}
