package rpc

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// CookieUser is the user name in the cookie file (COOKIEAUTH_USER).
const CookieUser = "__cookie__"

// ErrRPCAuth is the error for a value of -rpcauth that is none.
const ErrRPCAuth = wording("Invalid -rpcauth argument.")

// ErrServer is what the operator is shown when RPC cannot be served for a reason
// that the log has (AppInitServers of src/init.cpp).
const ErrServer = wording("Unable to start HTTP server. See debug log for details.")

// Credentials say who may log in.
type Credentials struct {
	// UserPass is "user:password": the content of the cookie file, or -rpcuser
	// and -rpcpassword. Empty means that only Auth counts. The caller wipes it.
	UserPass []byte
	// Auth are values of -rpcauth: "user:salt$hash", where hash is
	// HMAC-SHA256(salt, password) in lower-case hexadecimal. Empty ones are
	// ignored.
	Auth []string
}

// authenticator checks passwords. It holds hashes only, and takes the same time
// whoever the user is.
type authenticator struct {
	hasUserPass bool
	userPass    [sha256.Size]byte
	salted      []salted
}

type salted struct {
	user [sha256.Size]byte // of the name, so that lengths do not show
	salt []byte
	hash []byte // in hexadecimal, as given
}

func newAuthenticator(c Credentials) (*authenticator, error) {
	a := &authenticator{hasUserPass: len(c.UserPass) > 0, userPass: sha256.Sum256(c.UserPass)}
	for _, v := range c.Auth {
		if v == "" {
			continue
		}
		fields := strings.Split(v, ":")
		if len(fields) != 2 {
			return nil, ErrRPCAuth
		}
		parts := strings.Split(fields[1], "$")
		if len(parts) != 2 {
			return nil, ErrRPCAuth
		}
		a.salted = append(a.salted, salted{
			user: sha256.Sum256([]byte(fields[0])), salt: []byte(parts[0]), hash: []byte(parts[1]),
		})
	}
	return a, nil
}

// check judges the value of an Authorization header and returns the user's name
// as far as there is one (RPCAuthorized and multiUserAuthorized of
// src/httprpc.cpp).
func (a *authenticator) check(header []byte) (user string, ok bool) {
	b64, isBasic := bytes.CutPrefix(header, []byte("Basic "))
	if !isBasic {
		return "", false
	}
	b64 = bytes.TrimSpace(b64)
	buf := make([]byte, base64.StdEncoding.DecodedLen(len(b64)))
	defer clear(buf)
	n, err := base64.StdEncoding.Decode(buf, b64)
	if err != nil {
		return "", false
	}
	userPass := buf[:n]
	name, pass, hasColon := bytes.Cut(userPass, []byte{':'})
	if hasColon {
		user = string(name)
	}
	sum := sha256.Sum256(userPass)
	good := subtle.ConstantTimeCompare(sum[:], a.userPass[:])
	if !a.hasUserPass {
		good = 0
	}
	if hasColon {
		good |= a.checkSalted(name, pass)
	}
	return user, good == 1
}

func (a *authenticator) checkSalted(name, pass []byte) int {
	user := sha256.Sum256(name)
	good := 0
	for i := range a.salted {
		s := &a.salted[i]
		mac := hmac.New(sha256.New, s.salt)
		mac.Write(pass)
		var text [2 * sha256.Size]byte
		hex.Encode(text[:], mac.Sum(nil))
		good |= subtle.ConstantTimeCompare(user[:], s.user[:]) & subtle.ConstantTimeCompare(text[:], s.hash)
	}
	return good
}
