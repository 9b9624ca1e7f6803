package main

import (
	"context"
	"sync"

	"dashmp/sandbox/broker/host"
)

// clients accepts the connections of -ipcbind and gives each to a process of its
// own; see supervisor.Tree.ServeClient.
type clients struct {
	listeners []*host.IPCListener
	wg        sync.WaitGroup
}

// ipcPaths are the sockets that -ipcbind asks for.
func (n *node) ipcPaths() ([]string, error) {
	var paths []string
	for _, v := range n.c.Strings("ipcbind") {
		p, err := host.IPCPath(v, n.c.NetDir())
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}

// probeIPC finds out whether the sockets can be bound, without binding them.
func (n *node) probeIPC() error {
	paths, err := n.ipcPaths()
	for _, p := range paths {
		if err == nil {
			err = host.ProbeIPC(p)
		}
	}
	return err
}

// listenIPC binds the sockets and serves them until close.
func (n *node) listenIPC() error {
	paths, err := n.ipcPaths()
	if err != nil {
		return err
	}
	for _, p := range paths {
		l, err := host.ListenIPC(p)
		if err != nil {
			return err
		}
		n.logger.Info("Listening for IPC requests on address unix:" + p)
		n.ipc.listeners = append(n.ipc.listeners, l)
		n.ipc.wg.Go(func() { n.serveIPC(l) })
	}
	return nil
}

// serveIPC starts the processes one after the other, which bounds how fast a
// client can make the node start them; how many may run is the tree's bound.
func (n *node) serveIPC(l *host.IPCListener) {
	for {
		f, err := l.Accept()
		if err != nil {
			return
		}
		if err := n.tree.ServeClient(context.Background(), f); err != nil {
			n.logger.Warn("IPC client refused: " + err.Error())
		}
	}
}

func (c *clients) close() {
	for _, l := range c.listeners {
		_ = l.Close()
	}
	c.wg.Wait()
}
