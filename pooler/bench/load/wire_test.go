package main

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
)

func reading(text string) *connection {
	return &connection{in: bufio.NewReader(strings.NewReader(text))}
}

func TestRowsAreCountedUntilReady(t *testing.T) {
	count, err := reading("T\x00\x00\x00\x04D\x00\x00\x00\x06abD\x00\x00\x00\x04C\x00\x00\x00\x04Z\x00\x00\x00\x05I").finish('D')
	if count != 2 || err != nil {
		t.Errorf("%d rows and %v, expected 2 and no error", count, err)
	}
}

func TestARefusalIsToldWhenTheServerIsReadyAgain(t *testing.T) {
	c := reading("E\x00\x00\x00\x12C42P01\x00Mno t\x00\x00Z\x00\x00\x00\x05I")
	_, err := c.finish('D')
	var refused refusal
	if !errors.As(err, &refused) || refused.Error() != "42P01 no t" {
		t.Errorf("%v, expected the refusal 42P01 no t", err)
	}
	if c.in.Buffered() != 0 {
		t.Errorf("%d bytes are left", c.in.Buffered())
	}
}

func TestALengthThatCannotBeIsAnError(t *testing.T) {
	if _, err := reading("D\x00\x00\x00\x03xx").finish('D'); err == nil || !strings.Contains(err.Error(), "expected at least 4") {
		t.Errorf("%v", err)
	}
}

func TestTransactionsAreTheMessagesOfLibpq(t *testing.T) {
	expected := map[string]string{
		"simple":   "Q\x00\x00\x00\x0eselect 1;\x00",
		"extended": "P\x00\x00\x00\x12\x00select $1;\x00\x00\x00B\x00\x00\x00\x13\x00\x00",
		"prepared": "B\x00\x00\x00\x1e\x00statement_0\x00\x00\x00\x00\x01\x00\x00\x00\x011\x00\x01\x00\x00D\x00\x00\x00\x06P\x00E\x00\x00\x00\x09\x00\x00\x00\x00\x00S\x00\x00\x00\x04",
	}
	for protocol, begin := range expected {
		group := &Group{Protocol: protocol, Text: "select $1;", Clients: 1, Pools: []Login{{}}}
		if err := group.check(); err != nil {
			t.Fatal(err)
		}
		sent := sentBy(newWork(group, 0))
		if !bytes.HasPrefix(sent, []byte(begin)) {
			t.Errorf("%s sends %q, expected it to begin with %q", protocol, sent, begin)
		}
	}
}

// sentBy does one transaction against a server that only says that it is ready.
func sentBy(w *work) []byte {
	here, there := net.Pipe()
	got := make(chan []byte, 1)
	go func() {
		buffer := make([]byte, 1024)
		n, _ := there.Read(buffer)
		got <- buffer[:n]
		_ = there.Close()
	}()
	c := &connection{Conn: here, in: bufio.NewReader(here)}
	_ = w.once(c, randomOf(1))
	return <-got
}

func TestTextsAreSharedOrOwnAsPlanned(t *testing.T) {
	texts := func(clients, all int) map[string]bool {
		group := &Group{Protocol: "prepared", Text: "select %d", Clients: clients, Statements: 10, Texts: all, Pools: []Login{{}}}
		found := map[string]bool{}
		for client := range clients {
			for n := range 10 {
				found[newWork(group, client).text(n)] = true
			}
		}
		return found
	}
	if got := len(texts(5, 50)); got != 50 {
		t.Errorf("%d texts, expected each client to have its own: 50", got)
	}
	if got := len(texts(5, 20)); got != 20 {
		t.Errorf("%d texts, expected 20", got)
	}
}

func TestAPlanWithAnUnknownModeIsRefused(t *testing.T) {
	err := (&Plan{Mode: "run", Groups: []Group{{Clients: 1, Pools: []Login{{}}}}}).check()
	if err == nil || err.Error() != `mode is "run", expected load, stream, storm or hold` {
		t.Errorf("%v", err)
	}
}
