package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const loginPatience = 120 * time.Second

// connection is one client of the pooler; one goroutine at a time uses it.
type connection struct {
	net.Conn
	in  *bufio.Reader
	out frames
}

// refusal is an ErrorResponse.
type refusal string

func (r refusal) Error() string { return string(r) }

// connect logs in; the buffer for reading is kept as long as the connection.
func connect(plan *Plan, who Login, buffer int) (*connection, error) {
	dialer := net.Dialer{Timeout: loginPatience, KeepAlive: -1}
	socket, err := dialer.Dial("tcp", plan.Address)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: socket}
	if err := socket.SetDeadline(time.Now().Add(loginPatience)); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	if err := c.login(plan, who, buffer); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return c, socket.SetDeadline(time.Time{})
}

func (c *connection) login(plan *Plan, who Login, buffer int) error {
	if plan.TLS {
		if err := c.encrypt(); err != nil {
			return err
		}
	}
	c.in = bufio.NewReaderSize(c.Conn, buffer)
	c.out.openUntagged()
	c.out.long(3 << 16)
	for _, part := range []string{"user", who.User, "database", who.Database, "application_name", "bench"} {
		c.out.text(part)
	}
	c.out.bytes = append(c.out.bytes, 0)
	c.out.close()
	if err := c.send(); err != nil {
		return err
	}
	return c.authenticate(plan.Password)
}

func (c *connection) encrypt() error {
	c.out.openUntagged()
	c.out.long(80877103)
	c.out.close()
	if err := c.send(); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := io.ReadFull(c.Conn, answer[:]); err != nil {
		return err
	}
	if answer[0] != 'S' {
		return fmt.Errorf("answer to SSLRequest is %q, expected S", answer[0])
	}
	// The bench made the certificate a moment ago; who it is of is not what is measured.
	secured := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	c.Conn = secured
	return secured.Handshake()
}

func (c *connection) authenticate(password string) error {
	exchange := scram{password: password}
	for {
		tag, body, err := c.message()
		if err != nil {
			return err
		}
		switch tag {
		case 'R':
			if err := exchange.answer(body, &c.out); err != nil {
				return err
			}
			if err := c.send(); err != nil {
				return err
			}
		case 'E':
			return refusal(errorText(body))
		case 'Z':
			return nil
		}
	}
}

// send writes what was collected and forgets it.
func (c *connection) send() error {
	if len(c.out.bytes) == 0 {
		return nil
	}
	_, err := c.Write(c.out.bytes)
	c.out.clear()
	return err
}

func (c *connection) header() (tag byte, length int, err error) {
	head, err := c.in.Peek(5)
	if err != nil {
		return 0, 0, err
	}
	tag, length = head[0], int(binary.BigEndian.Uint32(head[1:]))-4
	if length < 0 {
		return 0, 0, fmt.Errorf("length of message %q is %d, expected at least 4", tag, length+4)
	}
	_, err = c.in.Discard(5)
	return tag, length, err
}

// message reads a whole message; for what is small and rare.
func (c *connection) message() (tag byte, body []byte, err error) {
	tag, length, err := c.header()
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, length)
	_, err = io.ReadFull(c.in, body)
	return tag, body, err
}

// finish reads until PostgreSQL is ready again and tells how many messages of one kind came, or the refusal among them.
func (c *connection) finish(counted byte) (count int, err error) {
	var refused error
	for {
		tag, length, err := c.header()
		if err != nil {
			return count, err
		}
		if tag == 'E' {
			body := make([]byte, length)
			if _, err := io.ReadFull(c.in, body); err != nil {
				return count, err
			}
			refused = refusal(errorText(body))
			continue
		}
		if _, err := c.in.Discard(length); err != nil {
			return count, err
		}
		if tag == counted {
			count++
		}
		if tag == 'Z' {
			return count, refused
		}
	}
}

// leave says goodbye. Whether it arrives is of no interest: the socket is closed in any case.
func (c *connection) leave() {
	c.out.clear()
	c.out.empty('X')
	_ = c.send()
	_ = c.Close()
}

func errorText(body []byte) string {
	text := ""
	for _, field := range strings.Split(string(body), "\x00") {
		if field != "" && (field[0] == 'C' || field[0] == 'M') {
			text += " " + field[1:]
		}
	}
	return strings.TrimSpace(text)
}
