package role

import (
	"context"
	"fmt"
	"io"

	"dashmp/ipc"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/sandbox"
)

// makeEcho is Init of every role. Its wire is libmultiprocess's.
type makeEcho struct{}

// MakeEcho returns an Echo that lives in this process.
func (makeEcho) MakeEcho(context.Context) (ipc.Echo, error) { return echo{}, nil }

type echo struct{}

// Echo returns its argument.
func (echo) Echo(_ context.Context, s string) (string, error) { return s, nil }

// serveEcho is the whole of the echo role: Init and Echo until the one it serves
// closes the socket. That is its parent, or the client it was granted; then its
// parent gets nothing and only its end counts. The role has no log but stderr.
func serveEcho(ctx context.Context, boot *sandbox.Boot, stderr io.Writer) int {
	offer := initproxy.NewInitObject(makeEcho{}, nil)
	options := ipc.Options{
		Name: "echo", Peer: "parent", Bootstrap: offer, NoFDs: true,
	}
	client, granted := boot.Files["client"]
	if granted {
		options.Bootstrap = nil
	}
	parent, err := ipc.NewConn(boot.Socket, options)
	if err != nil {
		fmt.Fprintln(stderr, FatalPrefix+err.Error())
		return ExitFatal
	}
	defer parent.Close() //nolint:errcheck // the end of the process
	served := parent
	if granted {
		options.Peer, options.Bootstrap = "client", offer
		if served, err = ipc.NewConn(client, options); err != nil {
			fmt.Fprintln(stderr, FatalPrefix+err.Error())
			return ExitFatal
		}
		defer served.Close() //nolint:errcheck // the end of the process
	}
	select {
	case <-served.Done():
	case <-parent.Done():
	case <-ctx.Done():
	}
	return exitOK
}
