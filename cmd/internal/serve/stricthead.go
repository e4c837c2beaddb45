package serve

import (
	"bytes"
	"io"
	"net"
	"strconv"
)

// strictHeads is a listener whose connections hold clients to the letter of
// RFC 9112 where net/http forgives: a line of a head ends with CR LF (section
// 2.2 lets a server take LF alone), and a head says the length of its body in
// one way (section 6.3 lets chunks win over a length). What two programs in a
// row may read in two ways is how requests are smuggled, so it is 400 here.
type strictHeads struct{ net.Listener }

// Accept implements net.Listener.
func (l strictHeads) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &strictConn{Conn: c}, nil
}

// refusal is what net/http reads in place of the rest of a head that is
// refused: no line may hold NUL, so it answers 400 and closes.
const refusal = "\x00\r\n\r\n"

// strictConn follows what is read of a connection, which net/http does from one
// goroutine at a time. Past the head of a chunked body it follows no further.
type strictConn struct {
	net.Conn
	line    []byte // of a head, as far as a length reaches
	size    int    // of that line so far
	cr      bool   // its last byte is a CR
	lines   int    // of the head so far
	lengths int    // of them, those that say how long the body is
	length  int64  // what one of them says
	chunked bool   // or that it comes in chunks
	body    int64  // what is still to come of a body
	lost    bool   // no longer followed
	bad     bool
	refused string // what net/http has not read yet of the refusal
}

const maxLine = 64

// Read implements net.Conn.
func (c *strictConn) Read(p []byte) (int, error) {
	if !c.bad {
		n, err := c.Conn.Read(p)
		good := c.follow(p[:n])
		if good == n {
			return n, err
		}
		c.bad, c.refused = true, refusal
		if good > 0 {
			return good, nil
		}
	}
	if c.refused == "" {
		return 0, io.EOF
	}
	n := copy(p, c.refused)
	c.refused = c.refused[n:]
	return n, nil
}

// CloseWrite lets net/http say that a refusal is all before it closes, so that
// no reset overtakes it.
func (c *strictConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// follow returns how many of the bytes that came may be read.
func (c *strictConn) follow(b []byte) int {
	at := 0
	for at < len(b) && !c.lost {
		rest := b[at:]
		if c.body > 0 {
			n := min(c.body, int64(len(rest)))
			c.body, at = c.body-n, at+int(n)
			continue
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			c.keep(rest)
			break
		}
		c.keep(rest[:end])
		if !c.cr || !c.endLine() {
			return at + end
		}
		at += end + 1
	}
	return len(b)
}

func (c *strictConn) keep(b []byte) {
	if len(b) == 0 {
		return
	}
	c.line = append(c.line, b[:min(len(b), maxLine-len(c.line))]...)
	c.size += len(b)
	c.cr = b[len(b)-1] == '\r'
}

// endLine takes a whole line of a head in, and reports whether it may stand there.
func (c *strictConn) endLine() bool {
	line, whole := bytes.TrimSuffix(c.line, []byte("\r")), c.size <= maxLine
	c.line, c.size, c.cr = c.line[:0], 0, false
	if len(line) == 0 && c.lines > 0 { // the end of the head
		c.body, c.lost = c.length, c.chunked
		c.lines, c.lengths, c.length = 0, 0, 0
		return true
	}
	c.lines++
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		c.chunked = true
	case bytes.EqualFold(name, []byte("Content-Length")):
		length, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
		if err != nil || length < 0 || !whole {
			return false
		}
		c.length = length
	default:
		return true
	}
	c.lengths++
	return c.lengths == 1
}
