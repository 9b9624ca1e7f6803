//go:build !race

package fdsock

func raceSend() {}
func raceRecv() {}
