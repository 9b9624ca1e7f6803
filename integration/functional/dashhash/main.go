package main

import "C"

import (
	"unsafe"

	"dashmp/node/x11"
)

// dash_x11 writes the hash of the n bytes at data to the 32 bytes at out, in
// the order in which a block header carries it. It returns 0, or 1 for a
// negative length or a null pointer.
//
//export dash_x11
func dash_x11(data unsafe.Pointer, n C.int, out unsafe.Pointer) C.int {
	if n < 0 || out == nil || (data == nil && n > 0) {
		return 1
	}
	sum := x11.Sum(unsafe.Slice((*byte)(data), int(n)))
	copy(unsafe.Slice((*byte)(out), x11.Size), sum[:])
	return 0
}

func main() {} // a c-shared library needs one; it never runs
