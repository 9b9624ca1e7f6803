//go:build !amd64 || purego

package cubehash512

func rounds(x *[32]uint32, n int) { roundsGeneric(x, n) }
