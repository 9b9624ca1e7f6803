package rpc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whom the core may connect to because of an RPC, the supervisor hears from the
// role that the operator speaks to, and before the core is called.
func TestPeersAreNamedByTheOperator(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.wantResult("addnode", `["10.0.0.1:9999","onetry"]`, `"addnode"`)
	c.wantResult("addnode", `{"command":"add","node":"friend.example"}`, `"addnode"`)
	c.wantResult("addconnection", `["127.0.0.1:1","feeler",false]`, `"addconnection"`)
	c.wantResult("disconnectnode", `["10.0.0.2:9999"]`, `"disconnectnode"`)
	c.wantResult("getaddednodeinfo", `["10.0.0.3"]`, `"getaddednodeinfo"`)
	c.post("/", `[{"method":"addnode","params":["10.0.0.4","add"],"id":1},{"method":"getpeerinfo","id":2}]`)
	r.super.mu.Lock()
	defer r.super.mu.Unlock()
	if d := cmp.Diff([]string{"10.0.0.1:9999", "friend.example", "127.0.0.1:1", "10.0.0.4"}, r.super.allowed); d != "" {
		t.Error(d)
	}
}

// A command that is none is answered with the help, and names nobody.
func TestCommandsThatAreNone(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.wantError("addnode", `["10.0.0.1","befriend"]`, -1, "addnode \"node\" \"command\" ( v2transport )\n")
	c.wantError("setban", `["10.0.0.1","forgive"]`, -1, "setban \"subnet\" \"command\" ( bantime absolute )\n")
	if r.core.count() != 0 || len(r.super.allowed) != 0 {
		t.Errorf("%d calls reached the core, %q named", r.core.count(), r.super.allowed)
	}
}
