package rpc

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// restTx is a transaction of the mempool or the chain.
func (s *Server) restTx(r *restRequest) ([]byte, error) {
	hash, err := restHash(r.path)
	if err != nil {
		return nil, err
	}
	verbose := "false"
	switch r.format {
	case formatJSON:
		verbose = "true"
	case "":
		return nil, noFormat(allFormats)
	}
	v, err := s.ask(r.ctx, "getrawtransaction", quote(hash), verbose)
	if refused(err, rpcerr.InvalidAddressOrKey) {
		return nil, notFoundf("%s not found", r.path)
	}
	if err != nil {
		return nil, err
	}
	if r.format == formatJSON {
		return plainTx(v), nil
	}
	return r.serialized(v.Text())
}

// plainTx leaves of what getrawtransaction says of a transaction what does not
// depend on the tip, with the block's hash before the hex (TxToUniv).
func plainTx(v univalue.Value) []byte {
	out := []byte{'{'}
	add := func(key string, value univalue.Value) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = value.AppendCompact(append(univalue.AppendString(out, key), ':'))
	}
	for k, value := range v.Members() {
		switch key := k.Text(); key {
		case "in_active_chain", "height", "confirmations", "time", "blocktime", "instantlock", "instantlock_internal", "chainlock", "blockhash", "hex":
		default:
			add(key, value)
		}
	}
	for _, key := range []string{"blockhash", "hex"} {
		if value := v.Find(key); !value.IsNull() {
			add(key, value)
		}
	}
	return append(out, '}')
}

// restBlock is a block with its transactions and what they spend.
func (s *Server) restBlock(r *restRequest) ([]byte, error) { return s.block(r, "3") }

// restBlockShort is a block with the ids of its transactions.
func (s *Server) restBlockShort(r *restRequest) ([]byte, error) { return s.block(r, "1") }

func (s *Server) block(r *restRequest, verbosity string) ([]byte, error) {
	hash, err := restHash(r.path)
	if err != nil {
		return nil, err
	}
	switch r.format {
	case formatBin, formatHex:
		verbosity = "0"
	case "":
		return nil, noFormat(allFormats)
	}
	v, err := s.ask(r.ctx, "getblock", quote(hash), verbosity)
	switch {
	case refused(err, rpcerr.InvalidAddressOrKey):
		return nil, notFoundf("%s not found", r.path)
	case refused(err, rpcerr.Misc) && strings.Contains(err.Error(), "pruned"):
		return nil, notFoundf("%s not available (pruned data)", r.path)
	case refused(err, rpcerr.Misc): // known by its header only
		return nil, notFoundf("%s not found", r.path)
	case err != nil:
		return nil, err
	case r.format == formatJSON:
		return v.AppendCompact(nil), nil
	}
	return r.serialized(v.Text())
}

// onActiveChain reports whether the block is part of the active chain.
func (s *Server) onActiveChain(r *restRequest, hash string) (bool, error) {
	v, err := s.ask(r.ctx, "getblockheader", quote(hash), "true")
	if refused(err, rpcerr.InvalidAddressOrKey) {
		return false, nil
	}
	return err == nil && !strings.HasPrefix(string(v.Find("confirmations").Raw()), "-"), err
}

// restHeaders are the headers from a block of the active chain on.
func (s *Server) restHeaders(r *restRequest) ([]byte, error) {
	parts := strings.Split(r.path, "/")
	var text, count string
	switch len(parts) {
	case 1:
		text, count = parts[0], r.countParameter()
	case 2: // the old form: /rest/headers/COUNT/HASH
		text, count = parts[1], parts[0]
	default:
		return nil, badRequestf("Invalid URI format. Expected /rest/headers/<hash>.<ext>?count=<count>")
	}
	n, err := restCount(count)
	if err != nil {
		return nil, err
	}
	hash, err := restHash(text)
	if err != nil {
		return nil, err
	}
	if r.format == "" {
		return nil, noFormat(allFormats)
	}
	active, err := s.onActiveChain(r, hash)
	if err != nil {
		return nil, err
	}
	list, _ := univalue.Parse([]byte("[]"))
	if active {
		list, err = s.ask(r.ctx, "getblockheaders", quote(hash), strconv.Itoa(n), strconv.FormatBool(r.format == formatJSON))
		if err != nil {
			return nil, err
		}
	}
	if r.format == formatJSON {
		return list.AppendCompact(nil), nil
	}
	var b strings.Builder
	for header := range list.Elements() {
		b.WriteString(header.Text())
	}
	return r.serialized(b.String())
}

// restBlockHash is the hash of the block at a height.
func (s *Server) restBlockHash(r *restRequest) ([]byte, error) {
	height, err := strconv.ParseInt(r.path, 10, 32)
	if err != nil || height < 0 || r.path[0] == '+' {
		return nil, badRequestf("Invalid height: %s", sanitize(r.path, safeDefault))
	}
	v, err := s.ask(r.ctx, "getblockhash", strconv.FormatInt(height, 10))
	switch {
	case refused(err, rpcerr.InvalidParameter):
		return nil, notFoundf("Block height out of range")
	case err != nil:
		return nil, err
	}
	switch r.format {
	case formatBin:
		return wireHash(v.Text())
	case formatHex:
		return []byte(v.Text()), nil
	case formatJSON:
		return []byte(`{"blockhash":` + quote(v.Text()) + "}"), nil
	}
	return nil, noFormat(allFormats)
}

// wireHash is a displayed hash in wire order.
func wireHash(text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 32 {
		return nil, &restError{500, "the core gave an answer that is no hash"}
	}
	slices.Reverse(b)
	return b, nil
}

// restChainInfo is getblockchaininfo.
func (s *Server) restChainInfo(r *restRequest) ([]byte, error) {
	if r.format != formatJSON {
		return nil, noFormat("json")
	}
	v, err := s.ask(r.ctx, "getblockchaininfo")
	return v.AppendCompact(nil), err
}

// restMempool is getmempoolinfo or getrawmempool.
func (s *Server) restMempool(r *restRequest) ([]byte, error) {
	name, params := "getmempoolinfo", []string(nil)
	switch r.path {
	case "info":
	case "contents":
		name, params = "getrawmempool", []string{"true"}
	default:
		return nil, badRequestf("Invalid URI format. Expected /rest/mempool/<info|contents>.json")
	}
	if r.format != formatJSON {
		return nil, noFormat("json")
	}
	v, err := s.ask(r.ctx, name, params...)
	return v.AppendCompact(nil), err
}

// basicFilter is the one type of compact block filters (BlockFilterTypeByName).
const basicFilter = "basic"

// filterError says why there is no filter.
func filterError(err error, hash string) error {
	switch {
	case refused(err, rpcerr.Misc) && strings.HasPrefix(err.Error(), "Index is not enabled"):
		return badRequestf("%s", err)
	case refused(err, rpcerr.InvalidAddressOrKey) && strings.HasPrefix(err.Error(), "Block not found"):
		return notFoundf("%s not found", hash)
	case refused(err, rpcerr.InvalidAddressOrKey, rpcerr.Internal, rpcerr.Misc):
		return notFoundf("%s", err)
	}
	return err
}

// restFilter is the compact filter of a block.
func (s *Server) restFilter(r *restRequest) ([]byte, error) {
	parts := strings.Split(r.path, "/")
	if len(parts) != 2 {
		return nil, badRequestf("Invalid URI format. Expected /rest/blockfilter/<filtertype>/<blockhash>")
	}
	hash, err := restHash(parts[1])
	if err != nil {
		return nil, err
	}
	if parts[0] != basicFilter {
		return nil, badRequestf("Unknown filtertype %s", parts[0])
	}
	v, err := s.ask(r.ctx, "getblockfilter", quote(hash), quote(basicFilter))
	if err != nil {
		return nil, filterError(err, parts[1])
	}
	filter := v.Find("filter").Text()
	switch r.format {
	case formatJSON:
		return []byte(`{"filter":` + quote(filter) + "}"), nil
	case "":
		return nil, noFormat(allFormats)
	}
	block, err := wireHash(hash)
	if err != nil {
		return nil, err
	}
	head := append([]byte{0}, block...) // the type, then the block
	head = appendCompactSize(head, uint64(len(filter)/2))
	return r.serialized(hex.EncodeToString(head) + filter)
}

// restFilterHeaders are the filter headers from a block of the active chain on.
func (s *Server) restFilterHeaders(r *restRequest) ([]byte, error) {
	parts := strings.Split(r.path, "/")
	var text, count string
	switch len(parts) {
	case 2:
		text, count = parts[1], r.countParameter()
	case 3: // the old form: /rest/blockfilterheaders/TYPE/COUNT/HASH
		text, count = parts[2], parts[1]
	default:
		return nil, badRequestf("Invalid URI format. Expected /rest/blockfilterheaders/<filtertype>/<blockhash>.<ext>?count=<count>")
	}
	n, err := restCount(count)
	if err != nil {
		return nil, err
	}
	hash, err := restHash(text)
	if err != nil {
		return nil, err
	}
	if parts[0] != basicFilter {
		return nil, badRequestf("Unknown filtertype %s", parts[0])
	}
	if r.format == "" {
		return nil, noFormat(allFormats)
	}
	headers, err := s.filterHeaders(r, hash, n)
	if err != nil {
		return nil, err
	}
	if r.format == formatJSON {
		out := []byte{'['}
		for i, h := range headers {
			if i > 0 {
				out = append(out, ',')
			}
			out = univalue.AppendString(out, h)
		}
		return append(out, ']'), nil
	}
	var b strings.Builder
	for _, h := range headers {
		wire, err := wireHash(h)
		if err != nil {
			return nil, err
		}
		b.WriteString(hex.EncodeToString(wire))
	}
	return r.serialized(b.String())
}

// filterHeaders returns at most n filter headers, displayed.
func (s *Server) filterHeaders(r *restRequest, hash string, n int) ([]string, error) {
	// Asked first for the sake of the error if there is no index.
	if _, err := s.ask(r.ctx, "getblockfilter", quote(hash), quote(basicFilter)); err != nil && !refused(err, rpcerr.InvalidAddressOrKey) {
		return nil, filterError(err, hash)
	}
	active, err := s.onActiveChain(r, hash)
	if err != nil || !active {
		return nil, err
	}
	list, err := s.ask(r.ctx, "getblockheaders", quote(hash), strconv.Itoa(n), "true")
	if err != nil {
		return nil, err
	}
	var headers []string
	for b := range list.Elements() {
		block := b.Find("hash").Text()
		v, err := s.ask(r.ctx, "getblockfilter", quote(block), quote(basicFilter))
		if err != nil {
			return nil, filterError(err, block)
		}
		headers = append(headers, v.Find("header").Text())
	}
	return headers, nil
}

// appendCompactSize appends a length as the wire format has it.
func appendCompactSize(b []byte, n uint64) []byte {
	switch {
	case n < 0xfd:
		return append(b, byte(n))
	case n <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(n))
	default: // MaxReply is less than 4 GiB
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(n))
	}
}
