package httpd

import (
	"bytes"
	"strings"
)

// badRequest is the status of an answer to what is no acceptable request.
type badRequest int

func (b badRequest) Error() string { return statusText(int(b)) }

// head is a parsed request line with the headers that matter here.
type head struct {
	method   string
	uri      string
	minor    int // of HTTP/1.x
	length   int64
	chunked  bool
	close    bool
	keep     bool // "Connection: keep-alive" was said
	expect   bool // "Expect: 100-continue"
	auth     []byte
	hasAuth  bool
	hasLen   bool
	hostSeen bool
}

// headEnd returns the length of the head at the start of b, its empty line
// included, or -1 if it is not complete. Lines end with LF or CRLF, as libevent
// reads them.
func headEnd(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		if line := b[i : i+n]; i > 0 && (len(line) == 0 || len(line) == 1 && line[0] == '\r') {
			return i + n + 1
		}
		i += n + 1
	}
}

// blankLines returns how many bytes of empty lines precede a request, which
// some clients send after a body (RFC 9112, 2.2).
func blankLines(b []byte) int {
	i := 0
	for i < len(b) && (b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// nextLine cuts the first line off b, without its end.
func nextLine(b []byte) (line, rest []byte) {
	n := bytes.IndexByte(b, '\n')
	line, rest = b[:n], b[n+1:]
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}

// parseHead parses a complete head. What it returns shares b only in auth.
func parseHead(b []byte) (head, error) {
	h := head{length: -1, minor: 1}
	line, rest := nextLine(b)
	if !h.requestLine(line) {
		return h, badRequest(400)
	}
	for {
		line, rest = nextLine(rest)
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || !isToken(name) {
			return h, badRequest(400)
		}
		value = bytes.Trim(value, " \t")
		if !isValue(value) {
			return h, badRequest(400)
		}
		if err := h.field(name, value); err != nil {
			return h, err
		}
	}
	if h.chunked && (h.hasLen || h.minor == 0) {
		return h, badRequest(400)
	}
	if h.minor == 0 && !h.keep {
		h.close = true
	}
	return h, nil
}

func (h *head) requestLine(line []byte) bool {
	method, rest, ok := bytes.Cut(line, []byte{' '})
	if !ok || !isToken(method) {
		return false
	}
	uri, version, ok := bytes.Cut(rest, []byte{' '})
	if !ok || len(uri) == 0 {
		return false
	}
	for _, c := range uri {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.minor = 0
	default:
		return false
	}
	h.method, h.uri = string(method), string(uri)
	return true
}

// field takes one header into account.
func (h *head) field(name, value []byte) error {
	switch strings.ToLower(string(name)) {
	case "authorization":
		if h.hasAuth {
			return badRequest(400)
		}
		h.auth, h.hasAuth = value, true
	case "content-length":
		n, ok := parseLength(value)
		if !ok || h.hasLen {
			return badRequest(400)
		}
		h.length, h.hasLen = n, true
	case "transfer-encoding":
		if h.chunked {
			return badRequest(400)
		}
		if !bytes.EqualFold(value, []byte("chunked")) {
			return badRequest(501)
		}
		h.chunked = true
	case "connection":
		for part := range bytes.SplitSeq(value, []byte{','}) {
			part = bytes.TrimSpace(part)
			h.close = h.close || bytes.EqualFold(part, []byte("close"))
			h.keep = h.keep || bytes.EqualFold(part, []byte("keep-alive"))
		}
	case "expect":
		if !bytes.EqualFold(value, []byte("100-continue")) {
			return badRequest(417)
		}
		h.expect = true
	case "host":
		if h.hostSeen {
			return badRequest(400)
		}
		h.hostSeen = true
	}
	return nil
}

// parseLength reads a Content-Length: digits only. What does not fit becomes
// the largest length, which is refused as too large and not as malformed.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	const top = 1 << 62
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n > top/10 {
			n = top / 10
		}
	}
	return n, true
}

// parseChunkSize reads the line before a chunk: hexadecimal digits, then
// perhaps an extension, which is ignored.
func parseChunkSize(line []byte) (int64, bool) {
	size, _, _ := bytes.Cut(line, []byte{';'})
	size = bytes.TrimRight(size, " \t")
	if len(size) == 0 || len(size) > 15 {
		return 0, false
	}
	n := int64(0)
	for _, c := range size {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int64(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | int64(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | int64(c-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// isToken reports whether b is a token of RFC 9110.
func isToken(b []byte) bool {
	for _, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0:
		default:
			return false
		}
	}
	return len(b) > 0
}

// isValue reports whether b may be a header's value: no control characters but
// the tab.
func isValue(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
