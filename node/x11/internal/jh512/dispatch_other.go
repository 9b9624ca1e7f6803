//go:build !amd64 || purego

package jh512

func e8(h *state) { e8Generic(h) }
