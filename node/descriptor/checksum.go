package descriptor

import "strings"

// checksumSize is the number of characters after the #.
const checksumSize = 8

// The characters of the language, so ordered that those of keys and paths are
// in the first 32, and the two cases of a letter are 32 apart; and those of the
// checksum (BIP380).
const (
	inputCharset  = "0123456789()[],'/*abcdefgh@:$%{}" + "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~" + "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
	outputCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
)

// polyMod multiplies by x and adds v, modulo the code's generator over GF(32).
func polyMod(c uint64, v int) uint64 {
	top := c >> 35
	c = (c&0x7ffffffff)<<5 ^ uint64(v)
	for i, g := range [5]uint64{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd} {
		if top>>i&1 != 0 {
			c ^= g
		}
	}
	return c
}

// sum is the checksum of a text without one, "" if the text has a character
// that the language has not (DescriptorChecksum).
func sum(text string) string {
	c, class, inClass := uint64(1), 0, 0
	for i := range len(text) {
		at := strings.IndexByte(inputCharset, text[i])
		if at < 0 {
			return ""
		}
		c = polyMod(c, at&31)
		class = class*3 + at>>5
		if inClass++; inClass == 3 {
			c, class, inClass = polyMod(c, class), 0, 0
		}
	}
	if inClass > 0 {
		c = polyMod(c, class)
	}
	for range checksumSize {
		c = polyMod(c, 0)
	}
	c ^= 1
	var out [checksumSize]byte
	for i := range out {
		out[i] = outputCharset[c>>(5*(checksumSize-1-i))&31]
	}
	return string(out[:])
}

// AddChecksum appends # and the checksum.
func AddChecksum(text string) string { return text + "#" + sum(text) }

// Checksum is the checksum of a text, which may carry it already
// (GetDescriptorChecksum). The error is a ParseError.
func Checksum(text string) (string, error) {
	_, c, err := checkChecksum(text, false)
	return c, err
}

// checkChecksum splits a text from its checksum, which it verifies.
func checkChecksum(text string, required bool) (payload, checksum string, err error) {
	parts := strings.Split(text, "#")
	if len(parts) > 2 {
		return "", "", parseErrorf("Multiple '#' symbols")
	}
	if len(parts) == 1 && required {
		return "", "", parseErrorf("Missing checksum")
	}
	if len(parts) == 2 && len(parts[1]) != checksumSize {
		return "", "", parseErrorf("Expected 8 character checksum, not %d characters", len(parts[1]))
	}
	checksum = sum(parts[0])
	if checksum == "" {
		return "", "", parseErrorf("Invalid characters in payload")
	}
	if len(parts) == 2 && parts[1] != checksum {
		return "", "", parseErrorf("Provided checksum '%s' does not match computed checksum '%s'", parts[1], checksum)
	}
	return parts[0], checksum, nil
}
