package rpc

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"

	"dashmp/node/rpc/method"
	"dashmp/node/rpc/univalue"
)

// maxOutPoints bounds one query (MAX_GETUTXOS_OUTPOINTS).
const maxOutPoints = 15

// outPoint is an output that is asked for.
type outPoint struct {
	txid string // displayed
	n    uint32
}

// utxoQuery is what a client wants to know.
type utxoQuery struct {
	mempool bool // with what the mempool adds and spends
	outs    []outPoint
}

// restUTXOs tells which outputs are unspent (BIP 64).
func (s *Server) restUTXOs(r *restRequest) ([]byte, error) {
	q, err := parseUTXOQuery(r)
	if err != nil {
		return nil, err
	}
	if len(q.outs) > maxOutPoints {
		return nil, badRequestf("Error: max outpoints exceeded (max: %d, tried: %d)", maxOutPoints, len(q.outs))
	}
	a, err := s.utxos(r, q)
	if err != nil {
		return nil, err
	}
	if r.format == formatJSON {
		return a.json(), nil
	}
	b, err := a.binary()
	if err != nil {
		return nil, err
	}
	if r.format == formatHex {
		return []byte(hex.EncodeToString(b)), nil
	}
	return b, nil
}

// parseUTXOQuery reads the outputs from the path or, for bin and hex, from the
// body.
func parseUTXOQuery(r *restRequest) (utxoQuery, error) {
	var q utxoQuery
	var parts []string
	if len(r.path) > 1 {
		parts = strings.Split(r.path[1:], "/")
	}
	if len(parts) == 0 && len(r.body) == 0 {
		return q, badRequestf("Error: empty request")
	}
	if len(parts) > 0 {
		if err := q.parsePath(parts); err != nil {
			return q, err
		}
	}
	body := r.body
	switch r.format {
	case formatHex:
		if body, _ = hex.DecodeString(strings.TrimSpace(string(r.body))); len(body) == 0 && len(r.body) > 0 {
			return q, badRequestf("Parse error")
		}
	case formatBin:
	case formatJSON:
		if len(parts) == 0 {
			return q, badRequestf("Error: empty request")
		}
		return q, nil
	default:
		return q, noFormat(allFormats)
	}
	switch {
	case len(body) == 0:
		return q, nil
	case len(parts) > 0:
		return q, badRequestf("Combination of URI scheme inputs and raw post data is not allowed")
	}
	return q, q.parseBody(body)
}

func (q *utxoQuery) parsePath(parts []string) error {
	if parts[0] == "checkmempool" {
		q.mempool, parts = true, parts[1:]
	}
	for _, p := range parts {
		txid, number, found := strings.Cut(p, "-")
		if !found {
			number = p
		}
		n, err := strconv.ParseInt(number, 10, 32)
		b, bad := hex.DecodeString(txid)
		if err != nil || bad != nil || len(b) == 0 || len(b) > 32 {
			return badRequestf("Parse error")
		}
		full := strings.Repeat("0", 64-len(txid)) + strings.ToLower(txid)
		q.outs = append(q.outs, outPoint{full, uint32(n)})
	}
	if len(q.outs) == 0 {
		return badRequestf("Error: empty request")
	}
	return nil
}

// parseBody reads a flag and a vector of outputs. More of them than can be
// answered are counted and not read.
func (q *utxoQuery) parseBody(b []byte) error {
	const size = 36
	if len(b) < 2 || b[0] > 1 {
		return badRequestf("Parse error")
	}
	q.mempool = b[0] == 1
	n := int(b[1])
	if n >= 0xfd {
		return badRequestf("Error: max outpoints exceeded (max: %d)", maxOutPoints)
	}
	if b = b[2:]; len(b) < n*size {
		return badRequestf("Parse error")
	}
	for i := range n {
		out := b[i*size : (i+1)*size]
		txid := slices.Clone(out[:32])
		slices.Reverse(txid)
		q.outs = append(q.outs, outPoint{hex.EncodeToString(txid), binary.LittleEndian.Uint32(out[32:])})
	}
	return nil
}

// utxoAnswer is what the chain says.
type utxoAnswer struct {
	height int64
	tip    string
	hits   []bool
	coins  []univalue.Value // results of gettxout
}

// tries is how often the tip may change while the coins are looked up.
const tries = 5

// utxos asks for each coin, again if the tip changes meanwhile.
func (s *Server) utxos(r *restRequest, q utxoQuery) (*utxoAnswer, error) {
	for range tries {
		tip, err := s.ask(r.ctx, "getbestblockhash")
		if err != nil {
			return nil, err
		}
		header, err := s.ask(r.ctx, "getblockheader", quote(tip.Text()), "true")
		if err != nil {
			return nil, err
		}
		a := &utxoAnswer{tip: tip.Text()}
		if a.height, err = strconv.ParseInt(string(header.Find("height").Raw()), 10, 32); err != nil {
			return nil, &restError{500, "the core gave a header without a height"}
		}
		for _, out := range q.outs {
			coin, err := s.ask(r.ctx, "gettxout", quote(out.txid), strconv.FormatUint(uint64(out.n), 10), strconv.FormatBool(q.mempool))
			if err != nil {
				return nil, err
			}
			a.hits = append(a.hits, !coin.IsNull())
			if !coin.IsNull() {
				a.coins = append(a.coins, coin)
			}
		}
		if now, err := s.ask(r.ctx, "getbestblockhash"); err != nil || now.Text() == a.tip {
			return a, err
		}
	}
	return nil, &restError{503, "The chain changed while it was being asked, try again"}
}

// mempoolHeight is the height of a coin that is not in a block yet
// (MEMPOOL_HEIGHT).
const mempoolHeight = math.MaxInt32

func (a *utxoAnswer) coinHeight(coin univalue.Value) int64 {
	confirmations, err := strconv.ParseInt(string(coin.Find("confirmations").Raw()), 10, 32)
	if err != nil || confirmations <= 0 {
		return mempoolHeight
	}
	return a.height - confirmations + 1
}

func (a *utxoAnswer) json() []byte {
	b := appendInt([]byte(`{"chainHeight":`), a.height)
	b = append(b, `,"chaintipHash":`+quote(a.tip)+`,"bitmap":"`...)
	for _, hit := range a.hits {
		b = append(b, "01"[btoi(hit)])
	}
	b = append(b, `","utxos":[`...)
	for i, coin := range a.coins {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendInt(append(b, `{"height":`...), a.coinHeight(coin))
		b = coin.Find("value").AppendCompact(append(b, `,"value":`...))
		b = coin.Find("scriptPubKey").AppendCompact(append(b, `,"scriptPubKey":`...))
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// binary is height, tip, bitmap and coins: version 0, height, value, script.
func (a *utxoAnswer) binary() ([]byte, error) {
	le := binary.LittleEndian
	tip, err := wireHash(a.tip)
	if err != nil {
		return nil, err
	}
	b := append(le.AppendUint32(nil, uint32(a.height)), tip...)
	bitmap := make([]byte, (len(a.hits)+7)/8)
	for i, hit := range a.hits {
		bitmap[i/8] |= byte(btoi(hit)) << (i % 8)
	}
	b = append(appendCompactSize(b, uint64(len(bitmap))), bitmap...)
	b = appendCompactSize(b, uint64(len(a.coins)))
	for _, coin := range a.coins {
		script, err := hex.DecodeString(coin.Find("scriptPubKey").Find("hex").Text())
		value, bad := duffs(string(coin.Find("value").Raw()))
		if err != nil || bad {
			return nil, &restError{500, program(method.Core) + " described a coin in a way that cannot be read"}
		}
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(a.coinHeight(coin)))
		b = le.AppendUint64(b, value)
		b = append(appendCompactSize(b, uint64(len(script))), script...)
	}
	return b, nil
}

// duffs reads an amount with eight decimals.
func duffs(text string) (value uint64, bad bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) != 8 {
		return 0, true
	}
	n, err := strconv.ParseUint(whole+fraction, 10, 63)
	return n, err != nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
