package ipc

import (
	"context"
	"strings"
	"testing"
)

func TestEcho(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for _, text := range []string{"", "hello", strings.Repeat("x", 3<<20)} {
		got, err := callEcho(ctx, r, text)
		if err != nil || got != text {
			t.Fatalf("echo of %d bytes: %d bytes, %v", len(text), len(got), err)
		}
	}
	if s := server.Stats(); s.Threads != 1 {
		t.Errorf("server threads %d, want 1", s.Threads)
	}
	eventually(t, "answers are finished", func() bool {
		return client.Stats().Questions == 0 && server.Stats().Answers == 0
	})
}
