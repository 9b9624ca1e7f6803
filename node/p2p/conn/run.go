package conn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"dashmp/node/p2p/addrman"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"
	"dashmp/node/wire"
)

func epoch(seconds int64) time.Time { return time.Unix(seconds, 0) }

// How often files are written.
const (
	saveBook = 15 * time.Minute
)

// Load reads the files of the last run. Its errors are for the operator.
func (m *Manager) Load(ctx context.Context) error {
	if err := m.loadBook(ctx); err != nil {
		return err
	}
	m.loadBans(ctx)
	m.storeBans(ctx) // without what has ended meanwhile
	if m.o.Config.AutoConnect {
		m.loadAnchors(ctx)
	}
	return nil
}

func (m *Manager) loadBook(ctx context.Context) error {
	m.logf("Using /16 prefix for IP bucketing") // there is no -asmap
	m.logf("init message: Loading P2P addresses…")
	start := m.o.WallClock()
	b, err := m.o.Files.Load(ctx, PeersFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.logf("Creating peers.dat because the file was not found (%q)", m.bookPath())
		return m.saveBook(ctx)
	case err != nil:
		return err
	}
	switch err = m.book.Decode(b, m.o.Params.Magic); {
	case err == nil:
		fresh, tried := m.book.Size(netaddr.Unroutable)
		m.logf("Loaded %d addresses from peers.dat  %dms", fresh+tried, m.o.WallClock().Sub(start).Milliseconds())
	case errors.Is(err, addrman.ErrInconsistent):
		m.logf("Creating peers.dat because of invalid or corrupt file (%s)", err)
		return m.saveBook(ctx)
	case errors.Is(err, addrman.ErrVersion):
		if err := m.o.Files.Retire(ctx, PeersFile, true); err != nil {
			return netperm.Errorf("Failed to rename invalid peers.dat file. Please move or delete it and try again.")
		}
		m.logf("Creating new peers.dat because the file version was not compatible (%q). Original backed up to peers.dat.bak", m.bookPath())
		return m.saveBook(ctx)
	default:
		return netperm.Errorf("Invalid or corrupt peers.dat (%s). If you believe this is a bug, please report it to https://github.com/dashpay/dash/issues. As a workaround, you can move the file (%q) out of the way (rename, move, or delete) to have a new one created on the next start.", err, m.bookPath())
	}
	return nil
}

func (m *Manager) bookPath() string { return path.Join(m.o.DataDir, "peers.dat") }

func (m *Manager) saveBook(ctx context.Context) error {
	return m.o.Files.Store(ctx, PeersFile, m.book.Encode(m.o.Params.Magic))
}

func (m *Manager) loadBans(ctx context.Context) {
	m.logf("init message: Loading banlist…")
	b, err := m.o.Files.Load(ctx, BansFile)
	if err == nil {
		err = m.bans.Decode(b)
	}
	if err != nil {
		m.logf("Recreating the banlist database")
	} else {
		m.logNet("Loaded %d banned node addresses/subnets", len(m.bans.List()))
	}
	m.bansDirty.Store(true)
}

func (m *Manager) storeBans(ctx context.Context) {
	if !m.bansDirty.Swap(false) {
		return
	}
	if err := m.o.Files.Store(ctx, BansFile, m.bans.Encode()); err != nil {
		m.bansDirty.Store(true)
		m.logf("Cannot write banlist.json: %s", err)
	}
}

// loadAnchors reads the block-relay-only peers of the last run, once: the file
// is removed so that a crash does not bind the node to them for ever.
func (m *Manager) loadAnchors(ctx context.Context) {
	b, err := m.o.Files.Load(ctx, AnchorsFile)
	if err == nil {
		m.anchors, err = decodeAnchors(b, m.o.Params.Magic)
	}
	if err != nil {
		m.anchors = nil
	} else {
		m.logf("Loaded %d addresses from \"anchors.dat\"", len(m.anchors))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		if err := m.o.Files.Retire(ctx, AnchorsFile, false); err != nil {
			m.logf("anchors.dat: %s", err)
		}
	}
	m.anchors = m.anchors[:min(len(m.anchors), maxAnchors)]
	m.logf("%d block-relay-only anchors will be tried for connections.", len(m.anchors))
}

func (m *Manager) saveAnchors(ctx context.Context) error {
	list := []netaddr.Entry{}
	for _, p := range m.Peers() {
		if p.kind == BlockRelay && len(list) < maxAnchors {
			list = append(list, netaddr.Entry{Service: p.addr, Services: m.o.Services, Time: netaddr.UnknownTime})
		}
	}
	start := m.o.WallClock()
	err := m.o.Files.Store(ctx, AnchorsFile, encodeAnchors(list, m.o.Params.Magic))
	m.logf("DumpAnchors: Flush %d outbound block-relay-only peer addresses to anchors.dat completed (%.2fs)",
		len(list), m.o.WallClock().Sub(start).Seconds())
	return err
}

func encodeAnchors(list []netaddr.Entry, magic [4]byte) []byte {
	b := wire.AppendCompactSize(magic[:len(magic):len(magic)], uint64(len(list)))
	for _, e := range list {
		b = e.AppendDisk(b)
	}
	h := sha256.Sum256(b)
	h = sha256.Sum256(h[:])
	return append(b, h[:]...)
}

var errAnchors = errors.New("anchors.dat: corrupt")

func decodeAnchors(b []byte, magic [4]byte) ([]netaddr.Entry, error) {
	if len(b) < 4+1+32 || !bytes.Equal(b[:4], magic[:]) {
		return nil, errAnchors
	}
	body := b[:len(b)-32]
	h := sha256.Sum256(body)
	h = sha256.Sum256(h[:])
	if !bytes.Equal(h[:], b[len(body):]) || body[4] >= 0xfd {
		return nil, errAnchors
	}
	n, rest := int(body[4]), body[5:]
	var list []netaddr.Entry
	for range n {
		e, left, err := netaddr.ReadEntryDisk(rest, true)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", errAnchors, err)
		}
		list, rest = append(list, e), left
	}
	if len(rest) != 0 {
		return nil, errAnchors
	}
	return list, nil
}

// Start begins to listen and to connect. proc is called from now on.
func (m *Manager) Start(proc Processor) error {
	m.proc = proc
	m.logf("init message: Starting network threads…")
	for i, l := range m.o.Listeners {
		a, err := newAcceptor(l.File)
		if err != nil {
			for _, rest := range m.o.Listeners[i:] {
				rest.File.Close()
			}
			return err
		}
		m.wg.Go(func() { <-m.ctx.Done(); _ = a.close() })
		m.wg.Add(1)
		go m.listen(a, l.Permissions)
	}
	m.discover()
	m.goes(m.handle)
	m.goes(m.watch)
	m.goes(m.keep)
	m.goes(m.openAdded)
	m.seeds()
	if m.o.Config.AutoConnect || len(m.o.Config.Connect) > 0 {
		m.logf("opencon thread start")
		m.goes(m.openConnections)
	}
	return nil
}

// discover notes the addresses of this node that are known from the start:
// -externalip, those it is bound to, and those of the machine (Discover).
func (m *Manager) discover() {
	for _, s := range m.o.Config.ExternalIPs {
		m.AddLocal(s, LocalManual)
	}
	for _, l := range m.o.Listeners {
		at := BoundTo(l.File)
		if at.IsRoutable() && at.Port != m.o.Params.OnionPort && !l.Permissions.Has(NoBan) {
			m.AddLocal(at, LocalBind)
		}
	}
	for _, a := range m.o.Config.Interfaces {
		if m.AddLocal(netaddr.Service{Addr: a, Port: m.o.Config.ListenPort}, LocalIface) {
			m.logf("Discover: %s", a)
		}
	}
}

func (m *Manager) goes(f func()) {
	m.wg.Add(1)
	go f()
}

// keep writes the files from time to time.
func (m *Manager) keep() {
	defer m.wg.Done()
	for m.sleep(saveBook) {
		if err := m.saveBook(m.ctx); err != nil && m.ctx.Err() == nil {
			m.logf("peers.dat: %s", err)
		}
		m.storeBans(m.ctx)
	}
}

// SaveBans writes banlist.json now if it has changed.
func (m *Manager) SaveBans(ctx context.Context) { m.storeBans(ctx) }

// Close ends all connections, waits for every goroutine, calls Disconnected for
// the rest, and writes the files.
func (m *Manager) Close(ctx context.Context) error {
	m.cancel()
	var errs []error
	if m.proc != nil {
		errs = append(errs, m.saveBook(ctx))
		if m.o.Config.AutoConnect {
			errs = append(errs, m.saveAnchors(ctx))
		}
	}
	m.storeBans(ctx)
	for _, p := range m.Peers() {
		p.Disconnect("")
	}
	m.wg.Wait()
	if m.proc != nil {
		m.bury()
	}
	return errors.Join(errs...)
}
