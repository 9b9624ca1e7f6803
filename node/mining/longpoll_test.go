package mining

import (
	"testing"

	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
)

// template asks for one and returns it, or the error.
func (f *fixture) template(t testing.TB, longPollID string) (out struct{ PreviousBlockHash, LongPollID string }, err error) {
	request := map[string]any{"rules": []string{}}
	if longPollID != "" {
		request["longpollid"] = longPollID
	}
	return out, f.call(t, &out, "getblocktemplate", request)
}

// TestLongPoll: a miner who waits hears of a new tip, and of the end of the node.
func TestLongPoll(t *testing.T) {
	f := newFixture(t, params.Options{}, nil)
	first, err := f.template(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if first.LongPollID != f.p.GenesisHash.String()+"0" {
		t.Errorf("longpollid %s", first.LongPollID)
	}
	type answer struct {
		previous string
		err      error
	}
	wait := func() chan answer {
		done := make(chan answer, 1)
		go func() {
			got, err := f.template(t, first.LongPollID)
			done <- answer{got.PreviousBlockHash, err}
		}()
		return done
	}
	done := wait()
	tip := f.mine(t, 1)[0]
	if got := <-done; got.err != nil || got.previous != tip {
		t.Errorf("%+v, want a template on %s", got, tip)
	}
	// Who knows another tip does not wait.
	if got := <-wait(); got.err != nil || got.previous != tip {
		t.Errorf("%+v, want a template on %s at once", got, tip)
	}
	if first, err = f.template(t, ""); err != nil {
		t.Fatal(err)
	}
	done = wait()
	f.Interrupt()
	refused(t, (<-done).err, rpcerr.NotConnected, "Shutting down")
}
