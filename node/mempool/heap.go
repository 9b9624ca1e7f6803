package mempool

// index is a binary heap of entries that knows where each of them is.
type index struct {
	less func(a, b *entry) bool
	slot func(*entry) *int
	list []*entry
}

// first is the least entry, nil of none.
func (x *index) first() *entry {
	if len(x.list) == 0 {
		return nil
	}
	return x.list[0]
}

func (x *index) add(e *entry) {
	*x.slot(e) = len(x.list)
	x.list = append(x.list, e)
	x.up(len(x.list) - 1)
}

func (x *index) remove(e *entry) {
	i, last := *x.slot(e), len(x.list)-1
	x.swap(i, last)
	x.list[last] = nil
	x.list = x.list[:last]
	if i < last {
		x.settle(i)
	}
}

// fix puts an entry whose key changed where it belongs.
func (x *index) fix(e *entry) { x.settle(*x.slot(e)) }

func (x *index) settle(i int) {
	if !x.down(i) {
		x.up(i)
	}
}

func (x *index) swap(i, j int) {
	l := x.list
	l[i], l[j] = l[j], l[i]
	*x.slot(l[i]), *x.slot(l[j]) = i, j
}

func (x *index) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !x.less(x.list[i], x.list[parent]) {
			return
		}
		x.swap(i, parent)
		i = parent
	}
}

func (x *index) down(i int) (moved bool) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(x.list); child++ {
			if x.less(x.list[child], x.list[least]) {
				least = child
			}
		}
		if least == i {
			return moved
		}
		x.swap(i, least)
		i, moved = least, true
	}
}
