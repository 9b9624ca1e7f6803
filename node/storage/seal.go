package storage

import (
	"encoding/binary"
	"hash/crc32"
)

// checksumSize is the length of what follows each value.
const checksumSize = 4

// checksum is CRC-32C, as in LevelDB, over the lengths and bytes of bucket and
// key and over the value, so that a record in another's place is noticed too.
func checksum(bucket string, key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var lengths [8]byte
	binary.LittleEndian.PutUint32(lengths[:4], uint32(len(bucket)))
	binary.LittleEndian.PutUint32(lengths[4:], uint32(len(key)))
	sum := crc32.Update(0, table, lengths[:])
	sum = crc32.Update(sum, table, []byte(bucket))
	sum = crc32.Update(sum, table, key)
	return crc32.Update(sum, table, value)
}

func seal(bucket string, key, value []byte) []byte {
	sealed := make([]byte, 0, len(value)+checksumSize)
	return binary.LittleEndian.AppendUint32(append(sealed, value...), checksum(bucket, key, value))
}

func unseal(bucket string, key, stored []byte) ([]byte, error) {
	n := len(stored) - checksumSize
	if n < 0 || binary.LittleEndian.Uint32(stored[n:]) != checksum(bucket, key, stored[:n]) {
		return nil, &Error{Kind: ErrCorrupt, Text: "a record in " + bucket + " does not match its checksum"}
	}
	return stored[:n], nil
}

// totalsBucket holds the total of every other bucket under its name.
const totalsBucket = "\x00totals"

// total is how many records a bucket has, and the sum of their checksums modulo
// 2^64. It ties the records together: a page of an earlier commit in the place
// of its successor is whole in itself, but the total is not that of its records.
type total struct{ count, sum uint64 }

const totalSize = 16

func (t *total) add(sealed []byte) {
	t.count++
	t.sum += uint64(binary.LittleEndian.Uint32(sealed[len(sealed)-checksumSize:]))
}

// remove takes a record out; nil is none.
func (t *total) remove(sealed []byte) {
	if len(sealed) >= checksumSize {
		t.count--
		t.sum -= uint64(binary.LittleEndian.Uint32(sealed[len(sealed)-checksumSize:]))
	}
}

func (t *total) encode() []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, t.count), t.sum)
}

func decodeTotal(value []byte) (total, error) {
	if len(value) != totalSize {
		return total{}, corrupt("a total has %d bytes", len(value))
	}
	return total{binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])}, nil
}

// total returns the running total of a bucket.
func (tx *Tx) total(bucket string) (*total, error) {
	if t := tx.totals[bucket]; t != nil {
		return t, nil
	}
	t := &total{}
	if b := tx.bolt.Bucket([]byte(totalsBucket)); b != nil {
		if stored := b.Get([]byte(bucket)); stored != nil {
			value, err := unseal(totalsBucket, []byte(bucket), stored)
			if err != nil {
				return nil, err
			}
			if *t, err = decodeTotal(value); err != nil {
				return nil, err
			}
		}
	}
	tx.totals[bucket] = t
	return t, nil
}

// putTotals stores the totals of the buckets that were looked at.
func (tx *Tx) putTotals() error {
	if len(tx.totals) == 0 {
		return nil
	}
	b, err := tx.bolt.CreateBucketIfNotExists([]byte(totalsBucket))
	if err != nil {
		return err
	}
	for bucket, t := range tx.totals {
		if err := b.Put([]byte(bucket), seal(totalsBucket, []byte(bucket), t.encode())); err != nil {
			return err
		}
	}
	return nil
}
