package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/node/rpc"
	"dashmp/sandbox/role"
	"dashmp/sandbox/role/config"
)

// options turns the role's configuration into the component's.
func options(env *role.Env) (rpc.Options, error) {
	c := env.Config
	o := rpc.Options{
		DisableWallet: c.Bool("disablewallet"),
		Threads:       positive(c.Int64("rpcthreads")),
		WorkQueue:     positive(c.Int64("rpcworkqueue")),
		Timeout:       time.Duration(positive(c.Int64("rpcservertimeout"))) * time.Second,
		Chain:         c.Chain,
		Started:       c.StartTime(),
		Now:           env.Now,
		LogPath:       c.LogPath,
		Logger:        env.Log,
	}
	for _, s := range c.Strings("rpcallowip") {
		p, err := rpc.ParseAllow(s)
		if err != nil {
			return o, err
		}
		o.Allow = append(o.Allow, p)
	}
	if c.IsSet("rpcwhitelist") || c.Bool("rpcwhitelistdefault") {
		refuse := c.IsSet("rpcwhitelist")
		if c.IsSet("rpcwhitelistdefault") {
			refuse = c.Bool("rpcwhitelistdefault")
		}
		o.Whitelist = rpc.NewWhitelist(c.Strings("rpcwhitelist"), refuse)
	}
	external(c, &o)
	var err error
	o.Credentials, err = credentials(env)
	return o, err
}

// positive is Dash Core's max(n, 1) for thread and queue counts.
func positive(n int64) int { return int(min(max(n, 1), math.MaxInt32)) }

// external takes what is told only where the role's policy lists it.
func external(c *config.Config, o *rpc.Options) {
	if v, ok := c.Options["rpcexternaluser"]; ok && v.Text != "" {
		o.ExternalUsers = strings.Split(v.Text, ",")
	}
	if v, ok := c.Options["rpcexternalworkqueue"]; ok {
		o.ExternalQueue = positive(v.Int)
	}
	if v, ok := c.Options["logips"]; ok {
		o.LogIPs = v.Bool
	}
}

// credentials takes the cookie or the password out of its secret memory. The
// component keeps a hash; what passes through here is wiped.
func credentials(env *role.Env) (rpc.Credentials, error) {
	c := rpc.Credentials{Auth: env.Config.Strings("rpcauth")}
	if f, ok := env.Files["option/rpccookie"]; ok {
		var err error
		c.UserPass, err = takeSecret(f, nil)
		return c, err
	}
	if f, ok := env.Files["option/rpcpassword"]; ok {
		var err error
		c.UserPass, err = takeSecret(f, []byte(env.Config.String("rpcuser")+":"))
		return c, err
	}
	return c, errors.New("the supervisor granted no RPC credentials")
}

// maxSecret bounds a password in bytes.
const maxSecret = 1 << 16

// takeSecret returns prefix and the content of a secret option, wipes its
// memory and closes f. The caller wipes what it gets.
func takeSecret(f *os.File, prefix []byte) ([]byte, error) {
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := st.Size()
	if size <= 0 || size > maxSecret {
		return nil, fmt.Errorf("%s: %d bytes", f.Name(), size)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var out []byte
	var mapErr error
	err = raw.Control(func(fd uintptr) {
		var m []byte
		m, mapErr = unix.Mmap(int(fd), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if mapErr != nil {
			return
		}
		out = append(append(make([]byte, 0, len(prefix)+len(m)), prefix...), m...)
		clear(m)
		mapErr = unix.Munmap(m)
	})
	return out, errors.Join(err, mapErr)
}
