package datadir

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestIndex(t *testing.T) {
	o := Options{Root: t.TempDir(), Net: "regtest"}
	d := open(t, o)
	for name, file := range map[string]string{
		TxIndex: "txindex.bolt", FilterIndex: "blockfilter-basic.bolt", StatsIndex: "coinstats.bolt",
	} {
		f, err := d.Index(name, false)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(o.Path(), "indexes", file); f.Name() != want {
			t.Errorf("%s is %s, want %s", name, f.Name(), want)
		}
		if _, err := f.WriteString("something"); err != nil {
			t.Fatal(err)
		}
		f.Close()
		for _, empty := range []bool{false, true} {
			f, err := d.Index(name, empty)
			if err != nil {
				t.Fatal(err)
			}
			if st, err := f.Stat(); err != nil || (st.Size() == 0) != empty {
				t.Errorf("%s, empty %v: %d bytes, %v", name, empty, st.Size(), err)
			}
			f.Close()
		}
	}
	if _, err := d.Index("../chainstate", false); !errors.Is(err, ErrName) {
		t.Errorf("another name: %v", err)
	}
}
