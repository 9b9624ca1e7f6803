package addrman

import "fmt"

// check panics, on every CheckRatio-th call on average, if the tables are
// inconsistent (AddrManImpl::Check).
func (a *AddrMan) check() {
	if a.o.CheckRatio == 0 || a.o.Rand.IntN(a.o.CheckRatio) != 0 {
		return
	}
	if code := a.consistency(); code != 0 {
		panic(fmt.Sprintf("ADDRMAN CONSISTENCY CHECK FAILED!!! err=%d", code))
	}
}

// consistency returns 0, or the code of Dash Core's CheckAddrman.
func (a *AddrMan) consistency() int {
	a.logf("CheckAddrman: new %d, tried %d, total %d started", a.total.fresh, a.total.tried, len(a.random))
	if len(a.random) != a.total.fresh+a.total.tried {
		return -7
	}
	tried, refs := map[int32]bool{}, map[int32]int{}
	for id, i := range a.infos {
		if code := a.checkInfo(id, i); code != 0 {
			return code
		}
		if i.tried {
			tried[id] = true
		} else {
			refs[id] = i.refs
		}
	}
	if len(tried) != a.total.tried {
		return -9
	}
	if len(refs) != a.total.fresh {
		return -10
	}
	if code := a.checkTried(tried); code != 0 {
		return code
	}
	return a.checkNew(refs)
}

func (a *AddrMan) checkInfo(id int32, i *info) int {
	switch {
	case i.tried && i.success == 0:
		return -1
	case i.tried && i.refs != 0:
		return -2
	case !i.tried && (i.refs < 0 || i.refs > newPerAddress):
		return -3
	case !i.tried && i.refs == 0:
		return -4
	case i.try < 0:
		return -6
	case i.success < 0:
		return -8
	case i.randomPos < 0 || i.randomPos >= len(a.random) || a.random[i.randomPos] != id:
		return -14
	}
	if at, ok := a.byAddr[i.Service]; !ok || at != id {
		return -5
	}
	return 0
}

func (a *AddrMan) checkTried(left map[int32]bool) int {
	for b := range a.tried {
		for p, id := range a.tried[b] {
			if id == none {
				continue
			}
			if !left[id] {
				return -11
			}
			i := a.infos[id]
			if a.triedBucket(i.Service) != b {
				return -17
			}
			if a.position(i.Service, false, b) != p {
				return -18
			}
			delete(left, id)
		}
	}
	if len(left) > 0 {
		return -13
	}
	return 0
}

func (a *AddrMan) checkNew(left map[int32]int) int {
	for b := range a.fresh {
		for p, id := range a.fresh[b] {
			if id == none {
				continue
			}
			if left[id] == 0 {
				return -12
			}
			if a.position(a.infos[id].Service, true, b) != p {
				return -19
			}
			if left[id]--; left[id] == 0 {
				delete(left, id)
			}
		}
	}
	if len(left) > 0 {
		return -15
	}
	if a.key == [32]byte{} {
		return -16
	}
	return 0
}
