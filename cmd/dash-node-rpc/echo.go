package main

import (
	"context"
	"log/slog"

	"dashmp/ipc"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/sandbox/broker"
)

// echoer passes text through fresh processes.
type echoer struct {
	broker broker.RPC
	log    *slog.Logger
}

// echo starts a process, has it echo the text and lets it go. The process ends
// when the connection is closed, which also cuts off a call when ctx ends.
func (e *echoer) echo(ctx context.Context, text string) (string, error) {
	fd, err := e.broker.SpawnEcho(ctx)
	if err != nil {
		return "", err
	}
	f := fd.File("echo")
	if f == nil {
		return "", ipc.Errorf(ipc.ErrDescriptor, "the supervisor sent no socket")
	}
	conn, err := ipc.NewConn(f, ipc.Options{
		Name: "rpc", Peer: "echo", Logger: e.log,
		CheckFD: func(class string, _ ipc.FD) error {
			return ipc.Errorf(ipc.ErrDescriptor, "an echo process sends no descriptor (%s)", class)
		},
	})
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	init, err := initproxy.BootstrapInit(ctx, conn)
	if err != nil {
		return "", err
	}
	defer init.Close()
	echo, err := init.MakeEcho(ctx)
	if err != nil {
		return "", err
	}
	if c, ok := echo.(interface{ Close() error }); ok {
		defer c.Close()
	}
	return echo.Echo(ctx, text)
}
