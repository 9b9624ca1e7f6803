package msg

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"dashmp/node/wire"
)

// codec decodes a payload and encodes it again.
type codec func(p []byte) (value any, out []byte, err error)

func of[T any, P interface {
	*T
	Append([]byte) []byte
}](decode func([]byte) (P, error)) codec {
	return func(p []byte) (any, []byte, error) {
		v, err := decode(p)
		if err != nil {
			return nil, nil, err
		}
		return v, v.Append(nil), nil
	}
}

func val[T any](decode func([]byte) (T, error), encode func([]byte, T) []byte) codec {
	return func(p []byte) (any, []byte, error) {
		v, err := decode(p)
		if err != nil {
			return nil, nil, err
		}
		return v, encode(nil, v), nil
	}
}

func ptr[T any](f func(*T, []byte) []byte) func([]byte, T) []byte {
	return func(b []byte, v T) []byte { return f(&v, b) }
}

func swap[T any](f func(T, []byte) []byte) func([]byte, T) []byte {
	return func(b []byte, v T) []byte { return f(v, b) }
}

func addr(v2 bool) codec {
	return func(p []byte) (any, []byte, error) {
		v, err := DecodeAddr(p, v2)
		if err != nil {
			return nil, nil, err
		}
		return v, AppendAddr(nil, v, v2), nil
	}
}

func empty(p []byte) (any, []byte, error) { return nil, p[:0], nil }

// codecs are all messages that the package decodes.
var codecs = map[string]codec{
	TypeVersion: of(DecodeVersion), TypeVerack: empty, TypeSendAddrV2: empty, TypeSendHeaders: empty, TypeSendHeaders2: empty,
	TypeGetAddr: empty, TypeMempool: empty, TypeFilterClear: empty, TypeGetSporks: empty, TypeQWatch: empty,
	TypeAddr: addr(false), TypeAddrV2: addr(true),
	TypeInv: val(DecodeInv, AppendInv), TypeGetData: val(DecodeInv, AppendInv), TypeNotFound: val(DecodeInv, AppendInv),
	TypeGetHeaders: of(DecodeGetHeaders), TypeGetHeaders2: of(DecodeGetHeaders), TypeGetBlocks: of(DecodeGetHeaders),
	TypeHeaders: val(DecodeHeaders, AppendHeaders), TypeHeaders2: val(DecodeHeaders2, AppendHeaders2),
	TypePing: val(DecodeNonce, AppendNonce), TypePong: val(DecodeNonce, AppendNonce),
	TypeSendCmpct: val(DecodeSendCmpct, swap(SendCmpct.Append)), TypeSendTxRcncl: val(DecodeSendTxRcncl, swap(SendTxRcncl.Append)),
	TypeCmpctBlock: of(DecodeCompactBlock), TypeGetBlockTxn: of(DecodeGetBlockTxn), TypeBlockTxn: of(DecodeBlockTxn),
	TypeFilterLoad: of(DecodeFilterLoad), TypeFilterAdd: val(DecodeFilterAdd, wire.AppendVarBytes),
	TypeMerkleBlock: of(DecodeMerkleBlock),
	TypeGetCFilters: val(DecodeGetCFilters, swap(GetCFilters.Append)), TypeGetCFHeaders: val(DecodeGetCFilters, swap(GetCFilters.Append)),
	TypeCFilter: of(DecodeCFilter), TypeCFHeaders: of(DecodeCFHeaders),
	TypeGetCFCheckpt: val(DecodeGetCFCheckpt, swap(GetCFCheckpt.Append)), TypeCFCheckpt: of(DecodeCFCheckpt),
	TypeTx: of(wire.DecodeTx), TypeBlock: of(wire.DecodeBlock),
	TypeSpork: of(DecodeSpork), TypeSendDSQ: val(DecodeBool, AppendBool), TypeQSendRecSigs: val(DecodeBool, AppendBool),
	TypeCLSig: val(DecodeCLSig, ptr((*CLSig).Append)), TypeISDLock: of(DecodeISDLock),
	TypeMNAuth:        val(DecodeMNAuth, ptr((*MNAuth).Append)),
	TypeGetMNListDiff: val(DecodeGetMNListDiff, ptr((*GetMNListDiff).Append)), TypeGetQRInfo: of(DecodeGetQRInfo),
	TypeQSigRec:  val(DecodeRecoveredSig, ptr((*RecoveredSig).Append)),
	TypeQGetData: val(DecodeQGetData, ptr((*QGetData).Append)), TypePlatformBan: val(DecodePlatformBan, ptr((*PlatformBan).Append)),
	TypeGovObj: of(DecodeGovObj), TypeGovObjVote: of(DecodeGovVote), TypeGovSync: of(DecodeGovSync),
	TypeSSC: val(DecodeSyncStatus, swap(SyncStatus.Append)), TypeDSTX: of(DecodeDSTX), TypeDSQ: of(DecodeDSQ),
}

type captured struct{ Command, Payload, Source string }

func readCaptured(t testing.TB) (list []captured) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "messages.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestCaptured: what real nodes sent decodes, encodes to the same bytes, and
// decodes to the same value again; and no prefix of it makes a decoder fail in
// any way but by an error.
func TestCaptured(t *testing.T) {
	seen := map[string]int{}
	for _, m := range readCaptured(t) {
		if !Known(m.Command) {
			t.Errorf("%s is not known", m.Command)
		}
		c := codecs[m.Command]
		if c == nil {
			continue
		}
		seen[m.Command]++
		p, err := hex.DecodeString(m.Payload)
		if err != nil {
			t.Fatal(err)
		}
		v, out, err := c(p)
		// Dash Core spells the second version of an answer to getheaders2 out, of
		// an announcement not.
		if err != nil || !bytes.Equal(out, p) && m.Command != TypeHeaders2 {
			t.Errorf("%s (%s): %v\n in %.200x\nout %.200x", m.Command, m.Source, err, p, out)
			continue
		}
		again, _, err := c(out)
		if err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%s: decodes differently a second time (%v)", m.Command, err)
		}
		for n := range min(len(p), 300) {
			c(p[:n])
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d kinds of messages were tried", len(seen))
	}
}

// TestHeaders2Real: 2,000 real headers of main and test network, with steps back
// in time and up to five versions, encoded as Dash Core does.
func TestHeaders2Real(t *testing.T) {
	for _, name := range []string{"headers2_mainnet_1737084_1739083.bin", "headers2_testnet_4001_6000.bin"} {
		p, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		list, err := DecodeHeaders2(p)
		if err != nil || len(list) != 2000 {
			t.Fatalf("%s: %d headers, %v", name, len(list), err)
		}
		for i := 1; i < len(list); i++ {
			if list[i].PrevBlock != list[i-1].Hash() {
				t.Fatalf("%s: header %d does not follow", name, i)
			}
		}
		if out := AppendHeaders2(nil, list); !bytes.Equal(out, p) {
			t.Errorf("%s: encodes differently (%d bytes, %d)", name, len(out), len(p))
		}
		plain, err := DecodeHeaders(AppendHeaders(nil, list))
		if err != nil || !slices.Equal(plain, list) {
			t.Errorf("%s: headers: %v", name, err)
		}
	}
}

// TestHeaders2Versions: nine versions in turn never fit the list of seven, eight
// used twice do from the second on.
func TestHeaders2Versions(t *testing.T) {
	for _, distinct := range []int{1, 2, 7, 8, 9} {
		list := make([]wire.Header, 40)
		for i := range list {
			list[i] = wire.Header{Version: int32(i%distinct) * -77, Time: uint32(1000 - 300*(i%3)), Bits: uint32(i / 10), Nonce: uint32(i)}
			if i > 0 {
				list[i].PrevBlock = list[i-1].Hash()
			}
		}
		got, err := DecodeHeaders2(AppendHeaders2(nil, list))
		if err != nil || !slices.Equal(got, list) {
			t.Errorf("%d versions: %v", distinct, err)
		}
	}
}

// TestKnown holds the table to Dash Core's numbers.
func TestKnown(t *testing.T) {
	blocksOnly := 0
	for _, name := range Names() {
		if len(name) > 12 || !Known(name) {
			t.Errorf("%q", name)
		}
		if ViolatesBlocksOnly(name) {
			blocksOnly++
		}
	}
	if len(Names()) != 74 || blocksOnly != 26 {
		t.Errorf("%d messages, %d forbidden on blocks-only connections", len(Names()), blocksOnly)
	}
	if Known("reject") || Known("alert") || Known("feefilter") || ViolatesBlocksOnly("reject") {
		t.Error("a message is known that Dash does not have")
	}
	for name := range codecs {
		if !Known(name) {
			t.Errorf("%s has a decoder but no name", name)
		}
	}
}

func TestInvNames(t *testing.T) {
	for i, want := range map[Inv]string{
		{Type: InvTx}:         "tx 0000000000000000000000000000000000000000000000000000000000000000",
		{Type: InvCmpctBlock}: "cmpctblock 0000000000000000000000000000000000000000000000000000000000000000",
		{Type: 4}:             "0x00000004 0000000000000000000000000000000000000000000000000000000000000000",
	} {
		if got := i.String(); got != want {
			t.Errorf("%q", got)
		}
	}
	known := 0
	for typ := range InvType(64) {
		if c := typ.Command(); c != "" {
			known++
			if !Known(c) {
				t.Errorf("%s is not known", c)
			}
		}
	}
	if known != 18 {
		t.Errorf("%d kinds of inventory", known)
	}
}

// TestBombs: a few bytes that announce much take no memory to speak of.
func TestBombs(t *testing.T) {
	for name, c := range codecs {
		for _, head := range [][]byte{nil, make([]byte, 1), make([]byte, 4), make([]byte, 8), make([]byte, 32), make([]byte, 33), make([]byte, 88), make([]byte, 89)} {
			for _, count := range [][]byte{{0xfd, 0xff, 0xff}, {0xfe, 0, 0, 0, 2}, {0xfe, 0xff, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}} {
				p := append(append(bytes.Clone(head), count...), make([]byte, 100)...)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				c(p)
				runtime.ReadMemStats(&after)
				if got := after.TotalAlloc - before.TotalAlloc; got > 64<<10 {
					t.Errorf("%s: %d bytes allocated for %d", name, got, len(p))
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	long := append((&Version{}).Append(nil), make([]byte, 34)...)
	for name, c := range map[string]struct {
		codec codec
		p     []byte
	}{
		"user agent of 257 bytes":  {codecs[TypeVersion], append(append(long, 0xfd, 1, 1), make([]byte, 300)...)},
		"index beyond 16 bits":     {codecs[TypeGetBlockTxn], append(make([]byte, 32), 2, 0xfd, 0xff, 0xff, 0)},
		"prefilled beyond 16 bits": {codecs[TypeCmpctBlock], append(append(make([]byte, 88), 0, 1, 0xfe, 0, 0, 1, 0), make([]byte, 20)...)},
		"addrv2 of 513 bytes":      {codecs[TypeAddrV2], append([]byte{1, 0, 0, 0, 0, 0, 99, 0xfd, 1, 2}, make([]byte, 600)...)},
		"truncated inv":            {codecs[TypeInv], make([]byte, 0)},
	} {
		if _, _, err := c.codec(c.p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzMessages: every decoder stands any input, what it accepts encodes, and the
// encoding decodes to the same value.
func FuzzMessages(f *testing.F) {
	names := make([]string, 0, len(codecs))
	for name := range codecs {
		names = append(names, name)
	}
	slices.Sort(names)
	count := map[string]int{}
	for _, m := range readCaptured(f) {
		if i := slices.Index(names, m.Command); i >= 0 && count[m.Command] < 2 && len(m.Payload) < 4000 {
			count[m.Command]++
			p, _ := hex.DecodeString(m.Payload)
			f.Add(uint8(i), p)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, p []byte) {
		name := names[int(i)%len(names)]
		v, out, err := codecs[name](p)
		if err != nil {
			return
		}
		again, out2, err := codecs[name](out)
		if err != nil {
			if name == TypeTx || name == TypeBlock || name == TypeBlockTxn || name == TypeCmpctBlock || name == TypeDSTX {
				return // a negative version decodes to another type (package wire)
			}
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(out, out2) {
			t.Fatalf("%s: encoding is not stable", name)
		}
		if name != TypeHeaders2 && name != TypeTx && name != TypeBlock && name != TypeBlockTxn && name != TypeCmpctBlock && name != TypeDSTX && !reflect.DeepEqual(v, again) {
			t.Fatalf("%s: %v became %v", name, v, again)
		}
	})
}
