package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// databaseScenario opens bbolt on the passed descriptor, grows it, reads it
// back, checks it, and opens it again on another descriptor.
func databaseScenario() error {
	for _, fd := range []uintptr{fdDatabase, fdSecond} {
		if err := useDatabase(os.NewFile(fd, "database")); err != nil {
			return err
		}
	}
	return nil
}

func useDatabase(f *os.File) error {
	db, err := bolt.Open("database", 0o600, &bolt.Options{
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return f, nil },
	})
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer db.Close()
	value := bytes.Repeat([]byte{9}, 8<<10)
	for batch := range 20 {
		err := db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("bucket"))
			if err != nil {
				return err
			}
			for i := range 100 {
				var key [8]byte
				binary.BigEndian.PutUint64(key[:], uint64(batch*100+i))
				if err := b.Put(key[:], value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("update: %w", err)
		}
	}
	return db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			return fmt.Errorf("check: %w", err)
		}
		if n := tx.Bucket([]byte("bucket")).Stats().KeyN; n != 2000 {
			return fmt.Errorf("%d keys", n)
		}
		return nil
	})
}

// blocksScenario writes and reads a flat file as the block store does.
func blocksScenario() error {
	block := bytes.Repeat([]byte{5}, 2<<20)
	if _, err := unix.Pwrite(fdBlocks, block, 1<<20); err != nil {
		return fmt.Errorf("pwrite: %w", err)
	}
	if err := unix.Fdatasync(fdBlocks); err != nil {
		return fmt.Errorf("fdatasync: %w", err)
	}
	got := make([]byte, len(block))
	if _, err := unix.Pread(fdBlocks, got, 1<<20); err != nil || !bytes.Equal(got, block) {
		return fmt.Errorf("pread: %w", err)
	}
	return nil
}
