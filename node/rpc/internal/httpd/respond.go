package httpd

import (
	"strconv"
	"time"
)

// Reply is what a Handler answers.
type Reply struct {
	// Status is the HTTP status code.
	Status int
	// ContentType is the type of the body; "" is that of libevent's default.
	ContentType string
	// Challenge adds the WWW-Authenticate header of Dash Core.
	Challenge bool
	// Text is the body of a reply of Admit.
	Text string
	// Close ends the connection after the reply.
	Close bool
}

// headRoom is kept free in front of a body for the head, so that a reply is one
// write. The longest head below is shorter.
const headRoom = 512

// dateFormat is IMF-fixdate of RFC 9110.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// appendHead renders the head of a reply.
func appendHead(b []byte, h *head, r *Reply, length int, closing bool, now time.Time) []byte {
	b = append(b, "HTTP/1."...)
	b = strconv.AppendInt(b, int64(h.minor), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(r.Status), 10)
	b = append(b, ' ')
	b = append(b, statusText(r.Status)...)
	if r.Challenge {
		b = append(b, "\r\nWWW-Authenticate: Basic realm=\"jsonrpc\""...)
	}
	if r.ContentType != "" {
		b = append(b, "\r\nContent-Type: "...)
		b = append(b, r.ContentType...)
	} else if length > 0 {
		b = append(b, "\r\nContent-Type: text/html; charset=ISO-8859-1"...)
	}
	b = append(b, "\r\nDate: "...)
	b = now.UTC().AppendFormat(b, dateFormat)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(length), 10)
	switch {
	case closing:
		b = append(b, "\r\nConnection: close"...)
	case h.minor == 0:
		b = append(b, "\r\nConnection: keep-alive"...)
	}
	return append(b, "\r\n\r\n"...)
}

// statusText is the reason phrase of the statuses that occur.
func statusText(code int) string {
	switch code {
	case 200:
		return "OK"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 413:
		return "Request Entity Too Large"
	case 417:
		return "Expectation Failed"
	case 500:
		return "Internal Server Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	default:
		return "Unknown"
	}
}
