package rpc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rpcauth makes a value of -rpcauth as share/rpcauth of Dash Core does.
func rpcauth(user, password string) string {
	const salt = "d12c6e962d47a454f962eb41225e6ec8"
	mac := hmac.New(sha256.New, []byte(salt))
	mac.Write([]byte(password))
	return user + ":" + salt + "$" + hex.EncodeToString(mac.Sum(nil))
}

func TestAuthenticator(t *testing.T) {
	a, err := newAuthenticator(Credentials{
		UserPass: []byte("rpcuser💻:rpcpassword🔑"),
		Auth: []string{
			// The vector of Dash Core's rpc_users.py.
			"rt:93648e835a54c573682c2eb19f882535$7681e9c5b74bdd85e78166031d2058e1069b3ed7ed967c93fc63abba06f31144",
			"", rpcauth("alice", "a:b"), rpcauth("bob", ""),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]bool{
		"rpcuser💻:rpcpassword🔑": true, "rpcuser💻:rpcpassword🔑x": false, "rpcuser💻:": false, "rpcuser💻": false,
		"rt:cA773lm788buwYe4g4WT+05pKyNruVKjQ25x3n0DQcM=": true, "rt:cA773lm788buwYe4g4WT+05pKyNruVKjQ25x3n0DQcM=wrong": false,
		"rtx:cA773lm788buwYe4g4WT+05pKyNruVKjQ25x3n0DQcM=": false, "alice:a:b": true, "alice:a": false, "bob:a:b": false, "bob:": true, "": false, ":": false,
	} {
		user, ok := a.check([]byte("Basic " + base64.StdEncoding.EncodeToString([]byte(in))))
		if ok != want {
			t.Errorf("%q: %v", in, ok)
		}
		if name, _, has := strings.Cut(in, ":"); has && user != name {
			t.Errorf("%q: user %q", in, user)
		}
	}
	good := base64.StdEncoding.EncodeToString([]byte("bob:"))
	for header, want := range map[string]bool{
		"Basic  " + good + " ": true, "Basic " + good: true,
		"basic " + good: false, "Basic" + good: false, "Basic\t" + good: false, "": false, "Basic ": false, "Basic !!!": false, "Basic " + good[:len(good)-1]: false,
	} {
		if _, ok := a.check([]byte(header)); ok != want {
			t.Errorf("%q: %v", header, ok)
		}
	}
	none, _ := newAuthenticator(Credentials{})
	if _, ok := none.check([]byte("Basic ")); ok {
		t.Error("without credentials the empty password is accepted")
	}
	for _, bad := range []string{"foo", "foo:bar", "foo:bar:baz", "foo$bar:baz", "foo$bar$baz", "foo:a$b$c", "a:b:c$d"} {
		if _, err := newAuthenticator(Credentials{Auth: []string{bad}}); !errors.Is(err, ErrRPCAuth) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestPasswordDelay: a wrong password costs 250 ms, a right one nothing, a
// missing one nothing; and clients that are logged in do not notice guessers.
func TestPasswordDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		in := r.dial()
		in.wantResult("echo", "[]", "[]")
		for auth, want := range map[string]time.Duration{
			basic("__cookie__:wrong"): passwordDelay, basic(userPass): 0, "": 0,
		} {
			c := r.dial()
			began := time.Now()
			resp, _ := c.do("POST", "/", auth, `{"method":"echo"}`)
			if d := time.Since(began); d != want {
				t.Errorf("%d after %v, want %v", resp.StatusCode, d, want)
			}
		}
		var wg sync.WaitGroup
		began := time.Now()
		for range 40 {
			c := r.dial()
			wg.Go(func() {
				if resp, _ := c.do("POST", "/", basic("__cookie__:guess"), "{}"); resp.StatusCode != 401 {
					t.Errorf("status %d", resp.StatusCode)
				}
			})
		}
		synctest.Wait()
		in.wantResult("echo", "[]", "[]")
		if d := time.Since(began); d != 0 {
			t.Errorf("a client that is logged in waited %v", d)
		}
		wg.Wait()
		if d := time.Since(began); d != 10*passwordDelay {
			t.Errorf("40 guesses took %v, want 4 per 250 ms", d)
		}
		if n := strings.Count(r.log.String(), "ThreadRPCServer incorrect password attempt from 127.0.0.1:40000"); n != 41 {
			t.Errorf("%d attempts in the log", n)
		}
		if strings.Contains(r.log.String(), "guess") {
			t.Error("a guessed password is in the log")
		}
	})
}

// TestGuesserWhoHangsUp keeps its place: leaving early buys no more guesses.
func TestGuesserWhoHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Threads = 1 })
		c := r.dial()
		if _, err := c.Write([]byte("POST / HTTP/1.1\r\n" + basic("a:b") + "Content-Length: 0\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.Close()
		began := time.Now()
		r.dial().wantResult("echo", "[]", "[]")
		if d := time.Since(began); d != passwordDelay {
			t.Errorf("the next guess came after %v", d)
		}
	})
}

// TestChangedPassword: being let in once lets nobody else in on the same
// connection.
func TestChangedPassword(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Credentials.Auth = []string{rpcauth("alice", "pw")} })
	c := r.dial()
	c.wantResult("getblockcount", "[]", `"getblockcount"`)
	c.auth = basic("alice:pw")
	c.wantResult("getblockcount", "[]", `"getblockcount"`)
	if u := r.core.last().User; u != "alice" {
		t.Errorf("user %q", u)
	}
	c.auth = basic("alice:pv")
	if status, _ := c.post("/", `{"method":"echo"}`); status != 401 {
		t.Errorf("status %d", status)
	}
	c.auth = basic("alice:pw")
	c.wantResult("echo", "[]", "[]")
}

func TestWhitelist(t *testing.T) {
	users := []string{"u1", "u2", "plat", "s1", "s2", "s3", "s4", "s5", "free"}
	var auths []string
	for _, u := range users {
		auths = append(auths, rpcauth(u, "pw"))
	}
	lists := []string{
		"u1:getbestblockhash,getblockcount,", "u2:getblockcount", "plat:getblockcount,quorumlist",
		"s1::", "s2", "s3:getblockcount,", "s4:getblockcount, getbestblockhash", "s4:getblockcount", "s5:getblockcount,getblockcount",
	}
	for _, refuseOthers := range []bool{false, true} {
		r := newRig(t, func(o *Options) {
			o.Credentials.Auth = auths
			o.Whitelist = NewWhitelist(lists, refuseOthers)
		})
		free := 200
		if refuseOthers {
			free = 403
		}
		for _, tc := range []struct {
			user, body string
			status     int
		}{
			{"u1", `{"method":"getbestblockhash"}`, 200},
			{"u1", `{"method":"getblockcount"}`, 200},
			{"u1", `{"method":"getdifficulty"}`, 403},
			{"u1", `{"method":""}`, 403},
			{"u1", `{"method":"nothing"}`, 403},
			{"u1", `[{"method":"getblockcount"},{"method":"getbestblockhash"}]`, 200},
			{"u1", `[{"method":"getblockcount"},{"method":"stop"}]`, 403},
			{"u1", `[3]`, 200},
			{"u2", `{"method":"getbestblockhash"}`, 403},
			{"plat", `{"method":"quorum","params":["list"]}`, 404}, // permitted, though unknown here
			{"plat", `{"method":"quorum","params":["sign"]}`, 403},
			{"plat", `{"method":"quorum","params":{"a":"list"}}`, 403},
			{"s1", `{"method":"getblockcount"}`, 403},
			{"s2", `{"method":"getblockcount"}`, 403},
			{"s3", `{"method":"getblockcount"}`, 200},
			{"s4", `{"method":"getbestblockhash"}`, 403},
			{"s4", `{"method":"getblockcount"}`, 200},
			{"s5", `{"method":"getblockcount"}`, 200},
			{"free", `{"method":"getdifficulty"}`, free},
		} {
			c := r.dial()
			c.auth = basic(tc.user + ":pw")
			if status, body := c.post("/", tc.body); status != tc.status {
				t.Errorf("refuse others %v, %s %s: %d %s, want %d", refuseOthers, tc.user, tc.body, status, body, tc.status)
			}
		}
		if len(r.super.stops) > 0 {
			t.Error("a forbidden call in a batch was made")
		}
	}
}
