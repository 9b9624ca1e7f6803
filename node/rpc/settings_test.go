package rpc

import (
	"errors"
	"strings"
	"testing"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/logd/logcategory"

	"github.com/google/go-cmp/cmp"
)

func TestLogging(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	r.super.on = []string{"net", "zmq"}
	res, _, _ := c.call("logging", "[]")
	if !strings.HasPrefix(res, `{"addrman":false,"bench":false,`) || !strings.HasSuffix(res, `"walletdb":false,"zmq":true}`) || !strings.Contains(res, `,"net":true,`) {
		t.Errorf("the list is %s", res)
	}
	if n := strings.Count(res, ":"); n != len(logcategory.All()) {
		t.Errorf("it has %d categories", n)
	}
	for _, q := range []struct {
		method, params   string
		include, exclude []string
	}{
		{"logging", `{"include":["qt","net"],"exclude":["all"]}`, []string{"qt", "net"}, []string{"all"}},
		{"logging", `[null,["rpc"]]`, nil, []string{"rpc"}},
		{"debug", `["zmq+net+nosuch"]`, []string{"net", "zmq"}, nil},
		{"debug", `["none"]`, nil, logcategory.All()},
		{"debug", `["net+0"]`, nil, logcategory.All()},
		{"debug", `["all"]`, logcategory.All(), nil},
	} {
		if _, code, text := c.call(q.method, q.params); code != 0 {
			t.Fatalf("%s %s: %d %s", q.method, q.params, code, text)
		}
		got := r.super.logging
		if len(q.include) == 2 && q.method == "debug" {
			q.exclude = got[1] // all the others, which the last rows prove
			if len(got[1]) != len(logcategory.All())-2 {
				t.Errorf("%s %s switches %d off", q.method, q.params, len(got[1]))
			}
		}
		if d := cmp.Diff([2]int{len(q.include), len(q.exclude)}, [2]int{len(got[0]), len(got[1])}); d != "" {
			t.Errorf("%s %s: %s", q.method, q.params, d)
		} else if d := cmp.Diff(strings.Join(q.include, ","), strings.Join(got[0], ",")); d != "" {
			t.Errorf("%s %s: %s", q.method, q.params, d)
		}
	}
	c.wantResult("debug", `["net"]`, `"Debug mode: net, zmq"`)
	c.wantError("logging", `[[1]]`, -3, "JSON value of type number is not of expected type string")
	r.super.err = ipc.Errorf(broker.ErrCategory, "unknown logging category foobar")
	c.wantError("logging", `[["foobar"]]`, -8, "unknown logging category foobar")
	r.super.err = errors.New("gone")
	c.wantError("logging", `[]`, -1, "logging: supervisor: gone")
}

func TestSetMockTime(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Chain = "regtest" })
	c := r.dial()
	c.wantResult("setmocktime", "[1417713337]", "null")
	if r.super.mock != 1417713337 {
		t.Errorf("the supervisor was told %d", r.super.mock)
	}
	c.wantError("setmocktime", "[-1]", -8, "Mocktime cannot be negative: -1.")
	c.wantError("setmocktime", "[1.5]", -1, "JSON integer out of range")
	c.wantError("setmocktime", `["1"]`, -3, "JSON value of type string is not of expected type number")
	r.super.err = errors.New("gone")
	c.wantError("setmocktime", "[1]", -1, "setmocktime: supervisor: gone")
	main := newRig(t, func(o *Options) { o.Chain = "main" })
	main.dial().wantError("setmocktime", "[1]", -1, "setmocktime is for regression testing (-regtest mode) only")
	if main.super.mock != 0 {
		t.Error("the supervisor of another network was asked")
	}
}
