package coins

import (
	"fmt"

	"dashmp/node/script"
	"dashmp/node/wire"
)

// ErrUndo: undo data does not fit its block, or the set cannot take it.
const ErrUndo ErrorKind = "coins: undo data does not fit the block"

// Disconnect takes a block of a height out of the set and restores what it
// spent. clean is false if the set was not exactly what the block left: an
// output is missing or differs, or one to be restored exists. After the replay
// of an interrupted Write that is normal; elsewhere it is damage.
//
// Source: DisconnectBlock and ApplyTxInUndo in Dash Core's src/validation.cpp.
func (c *Cache) Disconnect(b *wire.Block, height uint32, undo BlockUndo) (clean bool, err error) {
	if len(undo)+1 != len(b.Txs) {
		return false, fmt.Errorf("%w: %d transactions, undo data for %d", ErrUndo, len(b.Txs), len(undo))
	}
	clean = true
	for i := len(b.Txs) - 1; i >= 0; i-- {
		tx := b.Txs[i]
		same, err := c.takeOutputs(tx, height)
		if err != nil {
			return false, err
		}
		clean = clean && same
		if i == 0 {
			break
		}
		if len(undo[i-1]) != len(tx.Inputs) {
			return false, fmt.Errorf("%w: transaction %d", ErrUndo, i)
		}
		for j := len(tx.Inputs) - 1; j >= 0; j-- {
			same, err := c.restore(tx.Inputs[j].PrevOut, undo[i-1][j])
			if err != nil {
				return false, err
			}
			clean = clean && same
		}
	}
	c.best = b.Header.PrevBlock
	return clean, nil
}

func (c *Cache) takeOutputs(tx *wire.Tx, height uint32) (clean bool, err error) {
	id, coinbase := tx.ID(), tx.IsCoinbase()
	clean = true
	for i := range tx.Outputs {
		if script.IsUnspendable(tx.Outputs[i].ScriptPubKey) {
			continue
		}
		got, ok, err := c.Spend(wire.OutPoint{Hash: id, Index: uint32(i)})
		if err != nil {
			return false, err
		}
		want := Coin{Out: tx.Outputs[i], Height: height, Coinbase: coinbase}
		clean = clean && ok && got.equal(&want)
	}
	return clean, nil
}

// restore puts a spent coin back. Records of Dash Core before version 0.15 that
// lack a height are refused: no chain that this node connects has one.
func (c *Cache) restore(o wire.OutPoint, coin Coin) (clean bool, err error) {
	if coin.Height == 0 {
		return false, fmt.Errorf("%w: a coin without height", ErrUndo)
	}
	_, exists, err := c.Coin(o)
	if err != nil {
		return false, err
	}
	return !exists, c.Add(o, coin, exists)
}

// Redo applies a block of a height that was connected before, whatever part of
// it the set already has (RollforwardBlock).
func (c *Cache) Redo(b *wire.Block, height uint32) error {
	for _, tx := range b.Txs {
		if !tx.IsCoinbase() {
			for i := range tx.Inputs {
				if _, _, err := c.Spend(tx.Inputs[i].PrevOut); err != nil {
					return err
				}
			}
		}
		if err := c.AddOutputs(tx, tx.ID(), height, true); err != nil {
			return err
		}
	}
	return nil
}
