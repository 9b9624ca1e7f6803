package ablate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Keys of the auxiliary vector (linux/auxvec.h).
const (
	atNull         = 0
	atIgnore       = 1
	atSysinfoEhdr  = 33
	startStackStat = 28 // the field of /proc/PID/stat, counted from 1
	wordSize       = 8
)

// hideVDSO removes the vDSO's address from the auxiliary vector of a traced
// process that is stopped at its exec, as booting with vdso=0 would.
func hideVDSO(pid int) error {
	sp, err := startStack(pid)
	if err != nil {
		return err
	}
	// argc, argv…, NULL, envp…, NULL, then pairs of key and value.
	argc, err := peek(pid, sp)
	if err != nil {
		return err
	}
	at := sp + uintptr(1+argc+1)*wordSize
	for {
		word, err := peek(pid, at)
		if err != nil {
			return err
		}
		at += wordSize
		if word == 0 {
			break
		}
	}
	for {
		key, err := peek(pid, at)
		if err != nil {
			return err
		}
		switch key {
		case atNull:
			return errors.New("the auxiliary vector names no vDSO")
		case atSysinfoEhdr:
			var b [wordSize]byte
			binary.LittleEndian.PutUint64(b[:], atIgnore)
			_, err := syscall.PtracePokeData(pid, at, b[:])
			return err
		}
		at += 2 * wordSize
	}
}

func peek(pid int, at uintptr) (uint64, error) {
	var b [wordSize]byte
	if _, err := syscall.PtracePeekData(pid, at, b[:]); err != nil {
		return 0, fmt.Errorf("read the stack: %w", err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// startStack returns the stack pointer at exec.
func startStack(pid int) (uintptr, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; fields 3 and up follow it.
	_, rest, ok := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) <= startStackStat-3 {
		return 0, errors.New("short /proc/PID/stat")
	}
	v, err := strconv.ParseUint(fields[startStackStat-3], 10, 64)
	return uintptr(v), err
}
