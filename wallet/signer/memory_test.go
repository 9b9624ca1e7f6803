package signer

import (
	"encoding/json"
	"os"
	"testing"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/policy"
)

type lockedInfo struct {
	Used, Free, Total, Locked int
	ChunksUsed                int `json:"chunks_used"`
	ChunksFree                int `json:"chunks_free"`
}

func memoryInfo(t *testing.T, b *Box, params string) (lockedInfo, node.RPCReply) {
	t.Helper()
	reply, err := b.ExecuteRPC(t.Context(), node.RPCRequest{Method: "getmemoryinfo", Params: []byte(params)})
	if err != nil {
		t.Fatal(err)
	}
	var info struct{ Locked lockedInfo }
	if reply.Code == 0 {
		if err := json.Unmarshal(reply.Result, &info); err != nil {
			t.Fatal(err)
		}
	}
	return info.Locked, reply
}

func TestMemoryInfo(t *testing.T) {
	s, _ := start(t)
	b := s.NewBox()
	page := os.Getpagesize()
	before, _ := memoryInfo(t, b, `[]`)
	if want := (lockedInfo{page, maxLocked - page, maxLocked, page, 1, (maxLocked - page) / page}); before != want {
		t.Errorf("%+v, want %+v", before, want)
	}
	secret, err := ipc.NewSecret(make([]byte, page+1))
	if err != nil {
		t.Fatal(err)
	}
	handle, err := b.Deposit(t.Context(), "signmessagewithprivkey", secret)
	if err != nil {
		t.Fatal(err)
	}
	if held, _ := memoryInfo(t, s.NewBox(), `["stats"]`); held.Used != 3*page || held.ChunksUsed != 2 || held.Total != maxLocked {
		t.Errorf("with a secret of two pages: %+v", held)
	}
	if err := b.Drop(t.Context(), handle); err != nil {
		t.Fatal(err)
	}
	if after, _ := memoryInfo(t, b, `[null]`); after != before {
		t.Errorf("%+v after it was dropped", after)
	}
	for params, want := range map[string]node.RPCReply{
		`["mallocinfo"]`: {Code: -8, Message: "mallocinfo mode not available"},
		`["foobar"]`:     {Code: -8, Message: "unknown mode foobar"},
		`[1]`:            {Code: -3, Message: "JSON value of type number is not of expected type string"},
	} {
		if _, got := memoryInfo(t, b, params); got.Code != want.Code || got.Message != want.Message {
			t.Errorf("%s: %+v", params, got)
		}
	}
}

func TestLockedMemoryIsThePolicys(t *testing.T) {
	spec, _ := policy.Get(policy.Signer)
	for _, l := range spec.Limits {
		if l.Name == "MEMLOCK" && l.Soft == maxLocked {
			return
		}
	}
	t.Error("the limit of the signer's process is another one")
}
