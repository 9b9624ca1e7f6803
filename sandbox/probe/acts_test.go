//go:build dashprobe

package probe

import "testing"

// TestActsAndProbesAreTheSame: every probe of this machine has its act, and
// every act its probe.
func TestActsAndProbesAreTheSame(t *testing.T) {
	all := acts()
	for _, p := range ForThisMachine() {
		if _, ok := all[p.Name]; !ok {
			t.Errorf("the probe %s has no act", p.Name)
		}
		delete(all, p.Name)
	}
	for name := range all {
		t.Errorf("the act %s has no probe", name)
	}
}
