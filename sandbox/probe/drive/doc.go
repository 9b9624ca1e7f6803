// Package drive starts role programs that were built with the tag dashprobe,
// makes each act against its sandbox, and compares with the control outside.
//
//	Driver ──grant {"probe": …}, mode enforce──▶ role program ──▶ SIGSYS
//	   │                                                            │
//	   │   control: the same program in mode off, or ──▶ "ok"       │
//	   │   with privileges the control program                      ▼
//	   └──────── kernel's record of the kill: which call was it?
//
// It is a library for tests: those of package sandbox run it on a stand-in, the
// integration tests on the real role programs.
//
// A Driver runs one probe at a time and is used by one goroutine.
package drive
