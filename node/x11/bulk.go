package x11

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// HeaderSize is the length of a block header in bytes.
const HeaderSize = 80

// chunk is how many headers a goroutine takes at a time: about a third of a
// millisecond of work, so that none waits long for the last one.
const chunk = 64

// SumHeaders writes the digest of the i-th header in raw, headers of 80 bytes
// one after the other, to dst[i]. It uses as many goroutines as Go may run at
// once and returns when all are done. It panics if len(raw) is not 80 times
// len(dst).
func SumHeaders(dst [][Size]byte, raw []byte) {
	if len(raw) != len(dst)*HeaderSize {
		panic("x11: SumHeaders: lengths do not match")
	}
	workers := min(runtime.GOMAXPROCS(0), (len(dst)+chunk-1)/chunk)
	if workers <= 1 {
		sumRange(dst, raw)
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				end := int(next.Add(chunk))
				start := end - chunk
				if start >= len(dst) {
					return
				}
				end = min(end, len(dst))
				sumRange(dst[start:end], raw[start*HeaderSize:end*HeaderSize])
			}
		})
	}
	wg.Wait()
}

func sumRange(dst [][Size]byte, raw []byte) {
	for i := range dst {
		dst[i] = Sum(raw[i*HeaderSize : (i+1)*HeaderSize])
	}
}
