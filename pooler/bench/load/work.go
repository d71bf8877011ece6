package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// work is what one client of a load does again and again.
type work struct {
	group      *Group
	client     int
	parts      []string // of the text, around $1
	names      []string
	parameters int
}

func newWork(group *Group, client int) *work {
	w := &work{group: group, client: client, parts: strings.Split(group.Text, "$1")}
	w.parameters = len(w.parts) - 1
	for i := range group.Statements {
		w.names = append(w.names, "statement_"+strconv.Itoa(i))
	}
	return w
}

// text of the client's n-th statement.
func (w *work) text(n int) string {
	if !strings.Contains(w.group.Text, "%d") {
		return w.group.Text
	}
	return fmt.Sprintf(w.group.Text, (w.client*w.group.Statements+n)%w.group.Texts)
}

// prepare sends all statements at once, before the run, each with its own Sync as drivers do it.
func (w *work) prepare(c *connection) error {
	if w.group.Protocol != "prepared" {
		return nil
	}
	for i, name := range w.names {
		c.out.parse(name, w.text(i))
		c.out.empty('S')
	}
	if err := c.send(); err != nil {
		return err
	}
	for _, name := range w.names {
		done, err := c.finish('1')
		if err == nil && done != 1 {
			err = fmt.Errorf("%s: %d times ParseComplete before ReadyForQuery, expected 1", name, done)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// once does one transaction; its answer has to have one row.
func (w *work) once(c *connection, random *rand.Rand) error {
	number := 1 + random.Int64N(w.group.Range)
	switch w.group.Protocol {
	case "simple":
		w.simple(c, number)
	case "extended":
		c.out.parse("", w.text(0))
		c.out.run("", number, w.parameters)
		c.out.empty('S')
	case "prepared":
		c.out.run(w.names[random.IntN(len(w.names))], number, w.parameters)
		c.out.empty('S')
	}
	if err := c.send(); err != nil {
		return err
	}
	rows, err := c.finish('D')
	if err == nil && rows != 1 {
		err = fmt.Errorf("%d rows, expected 1", rows)
	}
	return err
}

func (w *work) simple(c *connection, number int64) {
	c.out.open('Q')
	c.out.bytes = append(c.out.bytes, w.parts[0]...)
	for _, part := range w.parts[1:] {
		c.out.bytes = strconv.AppendInt(c.out.bytes, number, 10)
		c.out.bytes = append(c.out.bytes, part...)
	}
	c.out.bytes = append(c.out.bytes, 0)
	c.out.close()
}

// randomOf is the same for the same worker in each run.
func randomOf(worker int) *rand.Rand { return rand.New(rand.NewPCG(uint64(worker), 1)) }
