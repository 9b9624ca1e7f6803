package coins

import (
	"math"

	"dashmp/node/wire"
)

// minUndoSize is the shortest record of one spent coin: code, amount, script.
const minUndoSize = 3

// TxUndo is what the inputs of one transaction spent, in their order.
type TxUndo []Coin

// BlockUndo is what a block spent, by transaction, without the coinbase.
type BlockUndo []TxUndo

// Append appends the form of the rev?????.dat files.
func (u BlockUndo) Append(b []byte) []byte {
	b = wire.AppendCompactSize(b, uint64(len(u)))
	for _, tx := range u {
		b = wire.AppendCompactSize(b, uint64(len(tx)))
		for i := range tx {
			b = tx[i].appendUndo(b)
		}
	}
	return b
}

// appendUndo differs from Append in a zero that once was a version.
func (c *Coin) appendUndo(b []byte) []byte {
	b = AppendVarInt(b, c.code())
	if c.Height > 0 {
		b = append(b, 0)
	}
	return appendOut(b, &c.Out)
}

func readUndoCoin(b []byte) (c Coin, rest []byte, err error) {
	code, b, err := readVarInt(b, math.MaxUint32)
	if err != nil {
		return c, nil, err
	}
	c.Height, c.Coinbase = uint32(code>>1), code&1 != 0
	if c.Height > 0 {
		if _, b, err = readVarInt(b, math.MaxUint32); err != nil {
			return c, nil, err
		}
	}
	c.Out, rest, err = readOut(b)
	return c, rest, err
}

// DecodeBlockUndo reads what Append wrote, all of b.
func DecodeBlockUndo(b []byte) (BlockUndo, error) {
	count, b, err := readCount(b, 1)
	if err != nil {
		return nil, err
	}
	undo := make(BlockUndo, count)
	for i := range undo {
		var inputs int
		if inputs, b, err = readCount(b, minUndoSize); err != nil {
			return nil, err
		}
		undo[i] = make(TxUndo, inputs)
		for j := range undo[i] {
			if undo[i][j], b, err = readUndoCoin(b); err != nil {
				return nil, err
			}
		}
	}
	if len(b) != 0 {
		return nil, ErrTrailing
	}
	return undo, nil
}

// readCount takes the number of elements that follow, each of at least size bytes.
func readCount(b []byte, size int) (n int, rest []byte, err error) {
	r := wire.NewReader(b)
	n = r.Count(size)
	if r.Err() != nil {
		return 0, nil, r.Err()
	}
	return n, b[len(b)-r.Len():], nil
}
