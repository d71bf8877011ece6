package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const megabyte = 1e6

// A slow reader's socket takes so much, and the kernel is not to make it more.
const slowWindow = 64 << 10

type streamResult struct {
	Megabytes float64 `json:"megabytes"`
	// All has those before the first progress line too.
	All float64 `json:"all"`
	Failures
}

// streaming is clients that move bulk data; the unit of their progress lines is a megabyte.
type streaming struct {
	bytes    atomic.Int64
	stop     atomic.Bool
	failures failures
}

func runStream(plan *Plan) (any, error) {
	s := &streaming{}
	var crowds [][]*connection
	for i := range plan.Groups {
		crowd, err := gather(plan, &plan.Groups[i], 64<<10)
		if err != nil {
			return nil, err
		}
		crowds = append(crowds, crowd)
	}
	var everybody sync.WaitGroup
	for i, crowd := range crowds {
		for _, c := range crowd {
			everybody.Go(func() { s.client(&plan.Groups[i], c) })
		}
	}
	begin := int64(0)
	progress(plan.Seconds, func() float64 { return float64(s.bytes.Load()) / megabyte }, func() { begin = s.bytes.Load() })
	all := s.bytes.Load()
	s.stop.Store(true)
	// Nobody reads to the end of a result that may be long: what was measured is over.
	for _, crowd := range crowds {
		for _, c := range crowd {
			_ = c.Close()
		}
	}
	everybody.Wait()
	return streamResult{Megabytes: float64(all-begin) / megabyte, All: float64(all) / megabyte, Failures: s.failures.told()}, nil
}

func (s *streaming) client(group *Group, c *connection) {
	if err := s.repeat(group, c); err != nil && !s.stop.Load() {
		s.failures.add(err)
	}
}

func (s *streaming) repeat(group *Group, c *connection) error {
	if group.BytesPerSecond > 0 {
		if socket, ok := c.Conn.(*net.TCPConn); ok {
			if err := socket.SetReadBuffer(slowWindow); err != nil {
				return err
			}
		}
	}
	for !s.stop.Load() {
		c.out.query(group.Text)
		if err := c.send(); err != nil {
			return err
		}
		if group.CopyBytes > 0 {
			if err := s.copyIn(c, group.CopyBytes); err != nil {
				return err
			}
		}
		if err := s.readAnswer(c, group.BytesPerSecond); err != nil {
			return err
		}
	}
	return nil
}

// readAnswer counts what comes until PostgreSQL is ready.
func (s *streaming) readAnswer(c *connection, bytesPerSecond int) error {
	begin := time.Now()
	sum := 0
	for {
		tag, length, err := c.header()
		if err != nil {
			return err
		}
		if tag == 'E' {
			body := make([]byte, length)
			if _, err := io.ReadFull(c.in, body); err != nil {
				return err
			}
			return refusal(errorText(body))
		}
		if err := s.skip(c, length); err != nil {
			return err
		}
		sum += length + 5
		s.bytes.Add(5)
		if bytesPerSecond > 0 {
			due := time.Duration(float64(sum) / float64(bytesPerSecond) * float64(time.Second))
			time.Sleep(time.Until(begin.Add(due)))
		}
		if tag == 'Z' {
			return nil
		}
	}
}

// skip counts in small parts, so that a megabyte row is no lump in the progress.
func (s *streaming) skip(c *connection, length int) error {
	for length > 0 {
		part := min(length, 64<<10)
		if _, err := c.in.Discard(part); err != nil {
			return err
		}
		s.bytes.Add(int64(part))
		length -= part
	}
	return nil
}

// One line of COPY data, and as many of them as fit into a message of some 8 KiB, as libpq sends them.
var copyData = func() []byte {
	line := make([]byte, 100)
	for i := range line {
		line[i] = 'x'
	}
	line[len(line)-1] = '\n'
	var f frames
	f.open('d')
	for range 81 {
		f.bytes = append(f.bytes, line...)
	}
	f.close()
	return f.bytes
}()

func (s *streaming) copyIn(c *connection, size int) error {
	tag, body, err := c.message()
	if err != nil {
		return err
	}
	if tag != 'G' {
		return errors.Join(fmt.Errorf("answer to COPY is %q, expected CopyInResponse", tag), refusal(errorText(body)))
	}
	// Eight messages in a write: what a client that copies a file in does.
	burst := make([]byte, 0, 8*len(copyData))
	for range 8 {
		burst = append(burst, copyData...)
	}
	for sent := 0; sent < size && !s.stop.Load(); sent += len(burst) {
		if _, err := c.Write(burst); err != nil {
			return err
		}
		s.bytes.Add(int64(len(burst)))
	}
	c.out.empty('c')
	return c.send()
}
