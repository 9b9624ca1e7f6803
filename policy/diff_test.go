package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/policy"
)

// A spec that went through JSON has the same power.
func TestJSONRoundTrip(t *testing.T) {
	for _, spec := range policy.All() {
		b, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		var back policy.Spec
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(spec, &back); diff != "" {
			t.Errorf("%s (-before +after):\n%s", spec.Role, diff)
		}
		if changes := policy.Diff(spec, &back); len(changes) != 0 {
			t.Errorf("%s: %v", spec.Role, changes)
		}
	}
	var c policy.Cond
	for _, bad := range []string{`{"value":"x"}`, `{"value":"0x1ffffffffffffffff"}`, `{"mask":"-1"}`, `7`} {
		if err := json.Unmarshal([]byte(bad), &c); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestDiff(t *testing.T) {
	old, _ := policy.Get(policy.Core)
	spec, _ := policy.Get(policy.Core)
	spec.Parts[0].Rules = append(spec.Parts[0].Rules, policy.Rule{Syscall: "openat", Reason: "no"})
	spec.Limits[1].Hard = 4096
	spec.Boot = spec.Boot[1:]
	spec.Dynamic[0].Access = policy.ReadOnly
	spec.Options = spec.Options[:1]
	spec.MayCall = append(spec.MayCall, policy.Signer)
	spec.Landlock.Net = nil
	var got []string
	for _, c := range policy.Diff(old.Without(old.Rules()[2]), spec) {
		got = append(got, c.String())
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"+ rule openat()", "+ rule pread64()", "+ limit NOFILE soft 1024 hard 4096", "- limit NOFILE soft 1024 hard 1024",
		"- boot stdin: 1 of null, r, from exec", "+ dynamic blockfile: 0 to 64 of regular, r, from broker:OpenBlockFile",
		"- option debug", "+ call signer", "- landlock NET_BIND_TCP",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if changes := policy.Diff(old, old); len(changes) != 0 {
		t.Errorf("a spec differs from itself: %v", changes)
	}
}
