package rpc

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"dashmp/node"
)

// exchange sends the same request again and again on one connection.
func exchange(b *testing.B, addr, body string) {
	b.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte(fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", basic(userPass), len(body), body))
	r := bufio.NewReaderSize(c, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		length := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if len(line) == 2 {
				break
			}
			fmt.Sscanf(string(line), "Content-Length: %d", &length)
		}
		if _, err := r.Discard(length); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(length))
	}
}

// BenchmarkCall is one small call over a kept connection, its owner in the same
// process. BenchmarkNetHTTP is what net/http takes to answer the same bytes
// without looking at them.
func BenchmarkCall(b *testing.B) {
	_, addr := tcp(b, nil)
	exchange(b, addr, `{"method":"getblockcount","params":[],"id":1}`)
}

func BenchmarkBatch100(b *testing.B) {
	_, addr := tcp(b, nil)
	exchange(b, addr, "["+strings.Repeat(`{"method":"getblockcount","params":[],"id":1},`, 99)+`{"method":"getblockcount","id":1}]`)
}

// BenchmarkLargeReply passes on 2 MiB, as getblock 2 answers.
func BenchmarkLargeReply(b *testing.B) {
	large := []byte("[" + strings.Repeat(`{"txid":"d8a7f0c3e1b25d8a7f0c3e1b25d8a7f0c3e1b25","n":1,"value":0.10000000},`, 28000) + "0]")
	r, addr := tcp(b, nil)
	r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
		r.core.calls = nil
		return node.RPCReply{Result: large}, nil
	}
	exchange(b, addr, `{"method":"getblock","params":["x",2],"id":1}`)
}

func BenchmarkNetHTTP(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"result":"getblockcount","error":null,"id":1}`+"\n")
	})}
	done := make(chan struct{})
	go func() { s.Serve(l); close(done) }()
	exchange(b, l.Addr().String(), `{"method":"getblockcount","params":[],"id":1}`)
	s.Close()
	<-done
}
