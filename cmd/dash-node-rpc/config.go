package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"dashmp/node/rpc"
	"dashmp/sandbox/role"
)

// options turns the role's configuration into the component's.
func options(env *role.Env) (rpc.Options, error) {
	o, err := rpc.OptionsOf(env.Config)
	if err != nil {
		return o, err
	}
	o.Now, o.Logger = env.Now, env.Log
	o.Credentials, err = credentials(env)
	return o, err
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
