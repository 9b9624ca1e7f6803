package rpc

import (
	"strconv"
	"strings"
)

// Characters that may be logged of a client's text (SAFE_CHARS of
// src/util/strencodings.cpp).
const (
	alphaNum    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	safeDefault = alphaNum + " .,;-_/:?@()"
	safeURI     = alphaNum + "!*'();:@&=+$,/?#[]-_.~%"
)

// sanitize drops all characters but the safe ones.
func sanitize(s, safe string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune(safe, r) {
			return r
		}
		return -1
	}, s)
}

func clip(s string, n int) string { return s[:min(len(s), n)] }

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// wording is an error with Dash Core's text, capitals and full stops included.
type wording string

func (w wording) Error() string { return string(w) }
