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

// serveEcho is the whole of the echo role: Init and Echo until the parent closes
// the socket. It has no log but stderr.
func serveEcho(ctx context.Context, boot *sandbox.Boot, stderr io.Writer) int {
	conn, err := ipc.NewConn(boot.Socket, ipc.Options{
		Name: "echo", Peer: "parent", Bootstrap: initproxy.NewInitObject(makeEcho{}, nil),
		CheckFD: func(class string, _ ipc.FD) error {
			return ipc.Errorf(ipc.ErrDescriptor, "the echo role takes no descriptor (%s)", class)
		},
	})
	if err != nil {
		fmt.Fprintln(stderr, FatalPrefix+err.Error())
		return ExitFatal
	}
	select {
	case <-conn.Done():
	case <-ctx.Done():
	}
	_ = conn.Close()
	return exitOK
}
