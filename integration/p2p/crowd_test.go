package p2p

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// magic begins every message on regtest.
var magic = [4]byte{0xfc, 0xc1, 0xb7, 0xdc}

func frame(name string, payload []byte) []byte {
	b := append([]byte(nil), magic[:]...)
	var command [12]byte
	copy(command[:], name)
	b = append(b, command[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	h := sha256.Sum256(payload)
	h = sha256.Sum256(h[:])
	return append(append(b, h[:4]...), payload...)
}

// crowd connects a number of peers that shake hands, ask for headers, blocks,
// addresses and transactions that are not there, announce some, send garbage,
// and stay for a while.
func crowd(t testing.TB, d *daemon, count int, stay time.Duration) {
	t.Helper()
	var wg sync.WaitGroup
	genesis := d.hash(0)
	some := d.hash(7)
	for i := range count {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", d.p2p), 20*time.Second)
			if err != nil {
				t.Errorf("peer %d: %v", i, err)
				return
			}
			defer c.Close()
			go io.Copy(io.Discard, c)
			var out []byte
			v := msg.Version{Version: msg.ProtocolVersion, Services: msg.ServiceNetwork, Nonce: rand.Uint64(), UserAgent: "/crowd/", Relay: true, Fields: msg.VersionFields}
			var unknown []msg.Inv
			for range 500 {
				inv := msg.Inv{Type: msg.InvTx}
				binary.LittleEndian.PutUint64(inv.Hash[:], rand.Uint64())
				unknown = append(unknown, inv)
			}
			ask := msg.GetHeaders{Locator: []wire.Hash{genesis}}
			for _, m := range []struct {
				name string
				p    []byte
			}{
				{msg.TypeVersion, v.Append(nil)}, {msg.TypeVerack, nil}, {msg.TypeGetAddr, nil}, {msg.TypeGetHeaders, ask.Append(nil)},
				{msg.TypeInv, msg.AppendInv(nil, unknown)}, {msg.TypeGetData, msg.AppendInv(nil, unknown)},
				{msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvBlock, Hash: some}, {Type: msg.InvCmpctBlock, Hash: some}})},
				{msg.TypeMempool, nil}, {"garbage", make([]byte, 5000)}, {msg.TypeHeaders2, []byte{0xfd, 1}}, {msg.TypePing, make([]byte, 8)},
			} {
				out = append(out, frame(m.name, m.p)...)
			}
			if _, err := c.Write(out); err != nil {
				t.Errorf("peer %d: %v", i, err)
			}
			time.Sleep(stay + 50*time.Millisecond)
		}()
	}
	wg.Wait()
}

// hash is that of a block of the active chain.
func (d *daemon) hash(height int) wire.Hash {
	d.t.Helper()
	var text string
	d.must(&text, "getblockhash", height)
	h, err := wire.ParseHash(text)
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}
