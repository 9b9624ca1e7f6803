package main

import (
	"testing"
	"time"

	"dashmp/node/rpc/univalue"
)

// FuzzReplies: whatever a server answers, the overviews are a text or an error.
func FuzzReplies(f *testing.F) {
	f.Add([]byte(`[{"id":0,"result":{"version":230102,"networks":[{"name":"ipv4","proxy":"x","reachable":true}]},"error":null},{"id":1,"result":{"verificationprogress":0.5}},{"id":2,"result":{"walletname":""}},{"id":3}]`))
	f.Add([]byte(`[{"id":1,"result":{"version":200000,"protocolversion":1,"subversion":"","networks":[],"localaddresses":[{"address":"a","port":1,"score":2}]}},{"id":0,"result":[{"network":"ipv4","inbound":true,"connection_type":"manual","conntime":5,"minping":1e300}]}]`))
	f.Add([]byte(`{"result":[{"network":"i2p"}],"error":null,"id":1}`))
	f.Add([]byte(`[{"id":-1},{"id":1e9},{"id":"0"},[]]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, ok := univalue.Parse(data)
		if !ok {
			return
		}
		if info, err := readInfo(v); err == nil {
			c := &cli{conf: parse(t, []string{"-color=always"})}
			_, _ = c.infoText(info.Find("result"), info.Find("result").Find("networks"))
		}
		_, _ = countAddresses(v)
		for level := range maxLevel + 1 {
			if recs, err := members(v, 2); err == nil {
				d := dashboard{level: level, now: time.Unix(1, 0), chain: "main"}
				_, _ = d.text(recs[0].Find("result"), recs[1].Find("result"))
			}
		}
	})
}
