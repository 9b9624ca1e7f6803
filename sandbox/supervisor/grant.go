package supervisor

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/logd"
)

// granted is what the status shows of a grant.
type granted struct {
	digest string
	names  []string
}

// makeGrant collects what a new process of a role is given. release closes the
// supervisor's copies, once the grant has been sent.
func (t *Tree) makeGrant(spec *policy.Spec, inst *instance) (g sandbox.Grant, release func(), err error) {
	var own []*os.File
	release = func() {
		for _, f := range append(own, inst.imports...) {
			f.Close()
		}
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	g = sandbox.Grant{Role: spec.Role, Build: t.cfg.Build, Mode: t.cfg.Mode, Landlock: spec.Landlock, Config: []byte("{}")}
	if c, ok := t.cfg.Configs[spec.Role]; ok {
		if spec.Role == policy.Core {
			if c, err = t.firstStart(inst, c); err != nil {
				return g, nil, err
			}
		}
		g.Config = c.JSON()
	}
	if t.cfg.Mode.Layers() {
		filter, ok := t.cfg.Filters[spec.Role]
		if !ok {
			return g, nil, fmt.Errorf("no filter for %s", spec.Role)
		}
		filter = filter.ForPID(inst.proc.PID())
		g.Filter, inst.grant.digest = filter.Bytes(), filter.Digest()
	}
	for _, class := range spec.Boot {
		if class.Source != "grant" {
			continue
		}
		files, owned, err := t.bootFiles(inst, class)
		if owned {
			own = append(own, files...)
		}
		if err != nil {
			return g, nil, fmt.Errorf("%s: %w", class.Name, err)
		}
		g.FDs = append(g.FDs, t.named(inst, class, files)...)
	}
	for option, master := range t.hold.Secrets[spec.Role] {
		f, err := copySecret(option, master)
		if err != nil {
			return g, nil, err
		}
		own = append(own, f)
		class := policy.FDClass{Name: "option/" + option, Kind: policy.KindSecretMem, Access: policy.ReadWrite, Max: 1}
		g.FDs = append(g.FDs, t.named(inst, class, []*os.File{f})...)
	}
	return g, release, nil
}

// named gives files the names of their class in the manifest and logs them.
func (t *Tree) named(inst *instance, class policy.FDClass, files []*os.File) []sandbox.NamedFD {
	var list []sandbox.NamedFD
	for i, f := range files {
		n := class.Name
		if class.Max > 1 {
			n = fmt.Sprintf("%s/%d", class.Name, i)
		}
		list = append(list, sandbox.NamedFD{Name: n, File: f})
		inst.grant.names = append(inst.grant.names, n)
		t.log.Info("grant", "role", string(inst.role), "pid", inst.proc.PID(), "name", n,
			"kind", string(class.Kind), "mode", string(class.Access), "file", f.Name())
	}
	return list
}

// bootFiles opens what one boot entry of a manifest stands for; owned says that
// the files are to be closed after sending.
func (t *Tree) bootFiles(inst *instance, class policy.FDClass) (files []*os.File, owned bool, err error) {
	one := func(f *os.File, err error) ([]*os.File, bool, error) {
		if err != nil {
			return nil, true, err
		}
		return []*os.File{f}, true, nil
	}
	switch class.Name {
	case "log":
		service, theirs, err := logd.Pair()
		if err != nil {
			return nil, true, err
		}
		t.cfg.Log.Serve(string(inst.role), service)
		return []*os.File{theirs}, true, nil
	case "chainstate":
		return one(t.hold.Dir.Chainstate(inst.rebuild.chainstate))
	case "blockindex":
		return one(t.hold.Dir.BlockIndex(inst.rebuild.index))
	case datadir.TxIndex, datadir.FilterIndex, datadir.StatsIndex:
		if !slices.Contains(t.hold.Indexes, class.Name) {
			return nil, false, nil
		}
		return one(t.hold.Dir.Index(class.Name, inst.rebuild.index))
	case "loadblock":
		return inst.imports, false, nil
	case "client":
		if inst.client == nil {
			return nil, false, nil
		}
		return []*os.File{inst.client}, false, nil
	case "rpclistener":
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.listeners, false, nil
	case "peerlistener":
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.peerListeners, false, nil
	}
	return nil, true, fmt.Errorf("the supervisor has no such descriptor")
}

// copySecret makes a copy of a secret for one process, which may wipe it.
func copySecret(option string, master *os.File) (*os.File, error) {
	st, err := master.Stat()
	if err != nil {
		return nil, err
	}
	rc, err := master.SyscallConn()
	if err != nil {
		return nil, err
	}
	var f *os.File
	var cerr error
	err = rc.Control(func(fd uintptr) {
		var m []byte
		if m, cerr = unix.Mmap(int(fd), 0, int(st.Size()), unix.PROT_READ, unix.MAP_SHARED); cerr != nil {
			return
		}
		f, cerr = host.SecretFile(option, m)
		_ = unix.Munmap(m)
	})
	if err == nil {
		err = cerr
	}
	if err != nil {
		return nil, fmt.Errorf("secret option %s: %w", option, err)
	}
	return f, nil
}
