//go:build race

package fdsock

import (
	"runtime"
	"unsafe"
)

// ioSync stands for all sockets: what one end does before it sends happens
// before what the other does after it receives. The standard library tells the
// race detector the same about its reads and writes.
var ioSync int64

func raceSend() { runtime.RaceReleaseMerge(unsafe.Pointer(&ioSync)) }
func raceRecv() { runtime.RaceAcquire(unsafe.Pointer(&ioSync)) }
