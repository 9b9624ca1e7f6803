package wire

import (
	"encoding/binary"
	"fmt"
)

// Bounds of the fields of a grant, in bytes or entries.
const (
	maxText   = 128
	maxFilter = 4096 * 8 // BPF_MAXINSNS instructions
	maxConfig = 1 << 20
	maxRights = 64 // bits of a mask
)

// Grant is the body of a FrameGrant: all texts and numbers of it; descriptors
// travel beside it, in the order of Names.
type Grant struct {
	Role, Build, Mode string
	Filter            []byte
	// FS, Net and Scoped are the Landlock rights to be denied.
	FS, Net, Scoped []Right
	Config          []byte
	Names           []string
}

// Right is one right of Landlock.
type Right struct {
	Name string
	Bit  uint64
	ABI  uint16
}

// Encode returns the whole frame, header included. It fails on what ParseGrant
// would refuse.
func (g *Grant) Encode() ([]byte, error) {
	var body []byte
	for _, s := range []string{g.Role, g.Build, g.Mode} {
		body = appendText(body, s)
	}
	body = appendBytes(body, g.Filter)
	for _, set := range [][]Right{g.FS, g.Net, g.Scoped} {
		body = binary.LittleEndian.AppendUint16(body, uint16(len(set)))
		for _, r := range set {
			body = appendText(body, r.Name)
			body = binary.LittleEndian.AppendUint64(body, r.Bit)
			body = binary.LittleEndian.AppendUint16(body, r.ABI)
		}
	}
	body = appendBytes(body, g.Config)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(g.Names)))
	for _, name := range g.Names {
		body = appendText(body, name)
	}
	// What is too long for its length field is caught here: the decoder then
	// sees other bytes than were meant, or too many.
	if len(g.Names) > MaxFDs || len(body) > MaxGrant {
		return nil, fmt.Errorf("grant: %d bytes, %d descriptors: %w", len(body), len(g.Names), ErrTooLong)
	}
	if _, err := ParseGrant(body); err != nil {
		return nil, err
	}
	h := Header{Kind: FrameGrant, Size: len(body), FDs: len(g.Names)}
	return append(h.Append(nil), body...), nil
}

// ParseGrant reads the body of a FrameGrant. The result does not alias body.
func ParseGrant(body []byte) (*Grant, error) {
	d := decoder{rest: body}
	g := &Grant{Role: d.text("role"), Build: d.text("build"), Mode: d.text("mode")}
	g.Filter = d.bytes("filter", maxFilter)
	g.FS, g.Net, g.Scoped = d.rights("fs"), d.rights("net"), d.rights("scoped")
	g.Config = d.bytes("config", maxConfig)
	n := d.count("names", MaxFDs)
	seen := make(map[string]bool, n)
	for range n {
		name := d.text("name")
		if d.err == nil && seen[name] {
			d.err = fmt.Errorf("descriptor %q: %w", name, ErrDuplicate)
		}
		if d.err != nil {
			break
		}
		seen[name] = true
		g.Names = append(g.Names, name)
	}
	if d.err == nil && len(d.rest) != 0 {
		d.err = fmt.Errorf("%d bytes after the last field: %w", len(d.rest), ErrSurplus)
	}
	if d.err != nil {
		return nil, fmt.Errorf("grant: %w", d.err)
	}
	return g, nil
}

// decoder takes fields off rest until the first error.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) take(n int, what string) []byte {
	if d.err != nil {
		return nil
	}
	if n > len(d.rest) {
		d.err = fmt.Errorf("%s: %d of %d bytes: %w", what, len(d.rest), n, ErrTruncated)
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) count(what string, limit int) int {
	b := d.take(2, what)
	if d.err != nil {
		return 0
	}
	n := int(binary.LittleEndian.Uint16(b))
	if n > limit {
		d.err = fmt.Errorf("%s: %d entries, at most %d: %w", what, n, limit, ErrTooLong)
		return 0
	}
	return n
}

// text reads a name: 1 to maxText bytes of printable ASCII.
func (d *decoder) text(what string) string {
	n := d.count(what, maxText)
	b := d.take(n, what)
	if d.err != nil {
		return ""
	}
	if n == 0 {
		d.err = fmt.Errorf("%s is empty: %w", what, ErrText)
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			d.err = fmt.Errorf("%s has the byte 0x%02x: %w", what, c, ErrText)
			return ""
		}
	}
	return string(b)
}

func (d *decoder) bytes(what string, limit int) []byte {
	b := d.take(4, what)
	if d.err != nil {
		return nil
	}
	n := binary.LittleEndian.Uint32(b)
	if n > uint32(limit) {
		d.err = fmt.Errorf("%s: %d bytes, at most %d: %w", what, n, limit, ErrTooLong)
		return nil
	}
	b = d.take(int(n), what)
	if d.err != nil || n == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func (d *decoder) rights(what string) []Right {
	var set []Right
	for range d.count(what, maxRights) {
		r := Right{Name: d.text(what)}
		if b := d.take(10, what); d.err == nil {
			r.Bit = binary.LittleEndian.Uint64(b)
			r.ABI = binary.LittleEndian.Uint16(b[8:])
		}
		if d.err != nil {
			return nil
		}
		set = append(set, r)
	}
	return set
}

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendBytes(b, p []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
	return append(b, p...)
}
