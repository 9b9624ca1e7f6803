package ablate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// step is a part of what the tree is asked to do in each run.
type step struct {
	name string
	do   func(ctx context.Context, n *liveTree) error
}

// ask makes calls that must succeed, each three times.
func ask(calls ...[]any) func(context.Context, *liveTree) error {
	return func(ctx context.Context, n *liveTree) error {
		for _, c := range calls {
			for range 3 {
				if _, err := n.call(ctx, c[0].(string), c[1:]...); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// once makes each call once.
func once(calls ...[]any) func(context.Context, *liveTree) error {
	return func(ctx context.Context, n *liveTree) error {
		for _, c := range calls {
			if _, err := n.call(ctx, c[0].(string), c[1:]...); err != nil {
				return fmt.Errorf("%s: %w", c[0], err)
			}
		}
		return nil
	}
}

// try makes calls that may be answered with an error of the node's own: what
// they make the processes do is what counts.
func try(calls ...[]any) func(context.Context, *liveTree) error {
	return func(ctx context.Context, n *liveTree) error {
		for _, c := range calls {
			_, err := n.call(ctx, c[0].(string), c[1:]...)
			var own *refusal
			if err != nil && !errors.As(err, &own) {
				return err
			}
		}
		return nil
	}
}

// regtestKey is the private key 0x01 … 0x20 for regtest, compressed.
const regtestKey = "cMcfH8sRgBgDMfpBNG6H3haaxLkaYXgqMRef8Nev6tWyBSNr6c3n"

// steps are what every run does, in order.
func steps() []step {
	chain := ask([]any{"getblockchaininfo"}, []any{"getblock", genesisHash, 2}, []any{"getblockheader", genesisHash})
	own := ask([]any{"echo", strings.Repeat("x", 100<<10)}, []any{"help"}, []any{"uptime"}, []any{"getrpcinfo"})
	secret := func(ctx context.Context, n *liveTree) error {
		return errors.Join(ask([]any{"signmessagewithprivkey", regtestKey, "message"})(ctx, n),
			try([]any{"signmessagewithprivkey", "", "message"})(ctx, n)) // a secret of no bytes
	}
	wallets := ask([]any{"listwallets"}, []any{"listwalletdir"})
	list := []step{
		{"start", func(ctx context.Context, n *liveTree) error {
			return n.until(ctx, func() bool { _, err := n.call(ctx, "uptime"); return err == nil })
		}},
		{"rpc's own methods", own},
		{"chain", chain},
		{"blocks", try([]any{"generatetodescriptor", 3, "raw(51)"}, []any{"getblockcount"})},
		{"peers", peers},
		{"echoipc", ask([]any{"echoipc", "hello"})},
		{"HTTP that is refused", refusedHTTP},
		{"signmessagewithprivkey", secret},
		{"wallets", func(ctx context.Context, n *liveTree) error {
			if err := once([]any{"createwallet", "w", true, true}, []any{"getwalletinfo"}, []any{"unloadwallet", "w"}, []any{"loadwallet", "w"})(ctx, n); err != nil {
				return err
			}
			// The passphrase goes to the signer, whatever the wallet makes of it.
			return errors.Join(wallets(ctx, n), try([]any{"createwallet", "k", false, true, "passphrase"}, []any{"unloadwallet", "k"})(ctx, n))
		}},
		{"keys", once([]any{"unloadwallet", "w"}, []any{"createwallet", "d"}, []any{"getnewaddress"}, []any{"unloadwallet", "d"},
			[]any{"loadwallet", "d"}, []any{"listdescriptors", true}, []any{"unloadwallet", "d"}, []any{"loadwallet", "w"})},
		{"settings", ask([]any{"logging", []string{"http"}, []string{}}, []any{"setmocktime", 1417713337 + 60}, []any{"setmocktime", 0})},
		{"a second at rest", func(context.Context, *liveTree) error { time.Sleep(1200 * time.Millisecond); return nil }},
	}
	for _, role := range []string{"core", "wallet", "signer", "rpc"} {
		list = append(list, step{"kill of " + role, func(ctx context.Context, n *liveTree) error {
			if err := n.kill(ctx, role); err != nil {
				return err
			}
			return n.until(ctx, func() bool {
				p, err := n.process(ctx, role)
				if err != nil || p.State != "ready" || p.Restarts != 1 {
					return false
				}
				return own(ctx, n) == nil && chain(ctx, n) == nil && secret(ctx, n) == nil && wallets(ctx, n) == nil
			})
		}})
	}
	return append(list, step{"stop", func(ctx context.Context, n *liveTree) error { return n.stop(ctx) }})
}

// genesisHash is regtest's.
const genesisHash = "000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"

// refusedHTTP sends what is answered before its end, so that the server must
// close its side only and let the client read.
func refusedHTTP(ctx context.Context, n *liveTree) error {
	for _, text := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nhalf",
		"no request\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf",
	} {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp4", n.addr)
		if err != nil {
			return err
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err = io.WriteString(c, text); err == nil && !strings.Contains(text, "100000") {
			_, err = io.Copy(io.Discard, c)
		}
		c.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// peers lets two strangers talk to the core: one that comes, and one to whom the
// core is sent.
func peers(ctx context.Context, n *liveTree) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	in, err := (&net.Dialer{}).DialContext(ctx, "tcp4", n.p2p)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := n.call(ctx, "addnode", l.Addr().String(), "onetry"); err != nil {
		return err
	}
	_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Second))
	out, err := l.Accept()
	if err != nil {
		return fmt.Errorf("the core does not connect: %w", err)
	}
	defer out.Close()
	_ = out.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := out.Read(make([]byte, 24)); err != nil { // the header of its version message
		return fmt.Errorf("the core says nothing: %w", err)
	}
	if _, err := n.call(ctx, "getpeerinfo"); err != nil {
		return err
	}
	_, err = io.WriteString(in, strings.Repeat("no message", 1000)) // costs the connection
	return err
}
