package notify

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// Event is the kind of thing that a command is run for.
type Event string

// The events, named as their options.
const (
	Startup     Event = "startupnotify"
	Shutdown    Event = "shutdownnotify"
	Block       Event = "blocknotify"
	ChainLock   Event = "chainlocknotify"
	Wallet      Event = "walletnotify"
	InstantSend Event = "instantsendnotify"
	Alert       Event = "alertnotify"
)

// Values are what a command is about. Each event has its own constructor, so
// that no text of a role reaches a command but through it.
type Values struct{ sub map[byte]string }

// BlockValues are for Block and ChainLock: %s is the block's hash, given in
// wire order and shown reversed.
func BlockValues(hash [32]byte) Values { return Values{map[byte]string{'s': display(hash)}} }

// WalletValues are for Wallet: %s is the transaction, %w the wallet, %b the
// block and %h its height; a transaction outside the chain has no block, and
// then they are "unconfirmed" and -1 (wallet.cpp, AddToWallet).
func WalletValues(txid [32]byte, wallet string, block *[32]byte, height int32) Values {
	v := map[byte]string{'s': display(txid), 'w': quote(wallet), 'b': "unconfirmed", 'h': "-1"}
	if block != nil {
		v['b'], v['h'] = display(*block), strconv.Itoa(int(height))
	}
	return Values{v}
}

// InstantSendValues are for InstantSend: %s is the transaction, %w the wallet.
func InstantSendValues(txid [32]byte, wallet string) Values {
	return Values{map[byte]string{'s': display(txid), 'w': quote(wallet)}}
}

// AlertValues are for Alert: %s is the message. As in Dash Core (AlertNotify)
// it is stripped to harmless characters and quoted all the same.
func AlertValues(message string) Values {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;-_/:?@()"
	const longest = 1000 // bytes
	text := strings.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune(safe, r) {
			return r
		}
		return -1
	}, message)
	return Values{map[byte]string{'s': quote(text[:min(len(text), longest)])}}
}

// expand puts the values into a template in one pass, so that a value that
// holds a % is not looked at again. What is no placeholder stays.
func (v Values) expand(template string) string {
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] == '%' && i+1 < len(template) {
			if s, ok := v.sub[template[i+1]]; ok {
				b.WriteString(s)
				i++
				continue
			}
		}
		b.WriteByte(template[i])
	}
	return b.String()
}

// quote makes one word of any text for a POSIX shell (ShellEscape). A zero byte
// cannot be in an argument of a command; it is dropped.
func quote(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

// display is the usual form of a hash: the reverse of its wire order.
func display(h [32]byte) string {
	for i, j := 0, len(h)-1; i < j; i, j = i+1, j-1 {
		h[i], h[j] = h[j], h[i]
	}
	return hex.EncodeToString(h[:])
}
