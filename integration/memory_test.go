package integration

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/rpc/method"
)

// secrets are what is planted: a text that nothing else looks like, a private
// key, and a descriptor around that key.
type secrets struct {
	text, wif, descriptor string
	key                   [address.SecretSize]byte
}

func newSecrets(t *testing.T) *secrets {
	t.Helper()
	s := &secrets{text: "planted-b1946ac92492d2347c6235b4d2611184"}
	copy(s.key[:], "\x11planted key of 32 bytes, a b c\x77")
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.wif = string(address.AppendSecret(nil, &s.key, true, p.Base58))
	s.descriptor = "pkh(" + s.wif + ")"
	return s
}

// patterns are the forms in which a secret would be found.
func (s *secrets) patterns() map[string][]byte {
	return map[string][]byte{
		"the text": []byte(s.text), "the text in hexadecimal": []byte(hex.EncodeToString([]byte(s.text))),
		"the key's text": []byte(s.wif), "the key": s.key[:], "the key in hexadecimal": []byte(hex.EncodeToString(s.key[:])),
	}
}

// argument makes a value of a parameter's shape with a secret wherever there can
// be one, and says whether there is any.
func argument(p *method.Param, secret string) any {
	switch {
	case p.Secret:
		return secret
	case !p.HasSecret():
		return plain(p)
	case p.Type == method.Arr:
		return []any{argument(&p.Inner[0], secret), argument(&p.Inner[0], secret)}
	}
	out := map[string]any{}
	for i := range p.Inner {
		if p.Inner[i].HasSecret() || !p.Inner[i].IsOptional() {
			out[p.Inner[i].First()] = argument(&p.Inner[i], secret)
		}
	}
	return out
}

// plain is an acceptable value without a secret.
func plain(p *method.Param) any {
	switch p.Type {
	case method.Num, method.Amount, method.Range:
		return 1
	case method.Bool:
		return false
	case method.Arr:
		return []any{}
	case method.Obj, method.ObjKeys:
		return map[string]any{}
	case method.Hex:
		return "02000000000000000000"
	}
	return "text"
}

// plantEverywhere sends every method that takes a secret with each of them, and
// returns how many methods there are.
func (n *testNode) plantEverywhere(s *secrets) int {
	methods := 0
	for _, m := range method.Standard().All() {
		if !m.HasSecret() {
			continue
		}
		methods++
		for _, secret := range []string{s.text, s.wif, s.descriptor} {
			var args []any
			for i := range m.Params {
				if p := &m.Params[i]; p.HasSecret() || !p.IsOptional() || m.Required() > i {
					args = append(args, argument(p, secret))
				} else {
					args = append(args, nil)
				}
			}
			_, err := n.call(n.t.Context(), m.Name, args...)
			var rpc *rpcError
			if err != nil && !errors.As(err, &rpc) {
				n.t.Fatalf("%s: %v", m.Name, err)
			}
			if rpc != nil && rpc.Code == -32601 {
				n.t.Errorf("%s does not exist", m.Name)
			}
		}
	}
	return methods
}

// errMemory: this process may not read another one's memory.
var errMemory = errors.New("the memory cannot be read")

// find searches a process's memory and returns the names of the patterns that
// are in it.
func find(pid int, patterns map[string][]byte) ([]string, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMemory, err)
	}
	defer mem.Close()
	found, read := map[string]bool{}, int64(0)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' {
			continue
		}
		read += search(mem, from, to, patterns, found)
	}
	if read == 0 {
		return nil, errMemory
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	return out, nil
}

// search reads a range in steps that overlap by the longest pattern.
func search(mem io.ReaderAt, from, to int64, patterns map[string][]byte, found map[string]bool) int64 {
	const step, overlap = 4 << 20, 256
	buf := make([]byte, step+overlap)
	total := int64(0)
	for at := from; at < to; at += step {
		n, _ := mem.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
		total += int64(n)
		for name, p := range patterns {
			if !found[name] && bytes.Contains(buf[:n], p) {
				found[name] = true
			}
		}
	}
	return total
}

// TestNoSecretInTheMemoryOfOthers: with secrets in every parameter that may
// hold one, the processes that do not own them never have them: not the core,
// not the wallet. Nor are they in the log, which shows every IPC message, nor in
// any file. It reads the memory of real processes, which takes root.
func TestNoSecretInTheMemoryOfOthers(t *testing.T) {
	s := newSecrets(t)
	n := launch(t, "-debug=ipc", "-debug=rpc", "-debug=http")
	if _, err := n.call(t.Context(), "createwallet", "w", true, true); err != nil {
		t.Fatal(err)
	}
	// The control: what is no secret gets there, and is found there.
	const marker = "control-5d41402abc4b2a76b9719d911017c592"
	controls := map[string][]byte{"control": []byte(marker)}
	deliver := map[string]func(){
		"dash-node-core": func() { _, _ = n.call(t.Context(), "validateaddress", marker) },
		"dash-wallet":    func() { _, _ = n.call(t.Context(), "loadwallet", marker) },
	}
	if methods := n.plantEverywhere(s); methods < 4 {
		t.Errorf("only %d methods take a secret", methods)
	}
	pids, _ := n.processes()
	for program, send := range deliver {
		send()
		got, err := find(pids[program], controls)
		if errors.Is(err, errMemory) {
			t.Skipf("%s: %v", program, err)
		}
		if err != nil || len(got) != 1 {
			t.Errorf("the control is not found in %s (pid %d): %v", program, pids[program], err)
		}
		if got, err = find(pids[program], s.patterns()); err != nil || len(got) > 0 {
			t.Errorf("%s has %v in its memory (%v)", program, got, err)
		}
	}
	n.noSecretInFiles(s)
}

// noSecretInFiles searches the data directory, the log with the IPC trace
// included.
func (n *testNode) noSecretInFiles(s *secrets) {
	n.t.Helper()
	files := 0
	err := filepath.WalkDir(n.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for name, p := range s.patterns() {
			if bytes.Contains(data, p) {
				n.t.Errorf("%s is in %s", name, path)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		n.t.Errorf("%d files: %v", files, err)
	}
	log, err := os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
	if err != nil || !bytes.Contains(log, []byte("[redacted]")) {
		n.t.Errorf("the trace shows no secret being passed: the control failed (%v)", err)
	}
}
