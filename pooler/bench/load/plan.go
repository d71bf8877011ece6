package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Plan says who does what. Seconds count from the moment in which all clients have logged in.
type Plan struct {
	Mode     string  `json:"mode"` // load, stream, storm or hold
	Address  string  `json:"address"`
	TLS      bool    `json:"tls"`
	Password string  `json:"password"`
	Seconds  int     `json:"seconds"`
	Groups   []Group `json:"groups"`

	// Transactions, if not 0, ends a load after exactly so many, instead of Seconds.
	Transactions int64 `json:"transactions"`
	// Parallel is how many log in at once; 0 means 32, few enough for any listen queue.
	Parallel int `json:"parallel"`
	// Stay: clients of a storm stay until the last one is in, instead of leaving at once.
	Stay bool `json:"stay"`
}

// Group is clients of one kind; each result is told for each group.
type Group struct {
	Name    string `json:"name"`
	Clients int    `json:"clients"`
	// Workers is how many of the clients have a transaction open at once; 0 means all.
	Workers int `json:"workers"`
	// Pools are dealt out to the clients in turn.
	Pools []Login `json:"pools"`

	Protocol string `json:"protocol"` // simple, extended or prepared
	// Text is the query; in a load $1 is a random number of 1 to Range.
	Text  string `json:"text"`
	Range int64  `json:"range"`
	// Statements that each client prepares, of so many Texts that there are in all; they differ where the text has %d.
	Statements int `json:"statements"`
	Texts      int `json:"texts"`

	// CopyBytes is what one COPY FROM STDIN of a stream sends; 0 means that Text answers with rows or COPY data.
	CopyBytes int `json:"copyBytes"`
	// BytesPerSecond slows each reader of a stream down; 0 means as fast as it can.
	BytesPerSecond int `json:"bytesPerSecond"`
}

// Login is whom a client is.
type Login struct {
	Database string `json:"database"`
	User     string `json:"user"`
}

func readPlan(file string) (*Plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(plan); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return plan, plan.check()
}

func (plan *Plan) check() error {
	if modes[plan.Mode] == nil {
		return fmt.Errorf("mode is %q, expected load, stream, storm or hold", plan.Mode)
	}
	if len(plan.Groups) == 0 {
		return fmt.Errorf("the plan has no groups, expected at least one")
	}
	for i := range plan.Groups {
		if err := plan.Groups[i].check(); err != nil {
			return fmt.Errorf("group %d: %w", i, err)
		}
	}
	if plan.Parallel == 0 {
		plan.Parallel = 32
	}
	return nil
}

func (group *Group) check() error {
	if group.Clients < 1 || len(group.Pools) == 0 {
		return fmt.Errorf("%d clients in %d pools, expected at least one of both", group.Clients, len(group.Pools))
	}
	if group.Workers == 0 {
		group.Workers = group.Clients
	}
	if group.Workers > group.Clients {
		return fmt.Errorf("%d workers, expected at most the %d clients", group.Workers, group.Clients)
	}
	switch group.Protocol {
	case "":
		group.Protocol = "simple"
	case "simple", "extended", "prepared":
	default:
		return fmt.Errorf("protocol is %q, expected simple, extended or prepared", group.Protocol)
	}
	group.Statements = max(group.Statements, 1)
	group.Texts = max(group.Texts, 1)
	group.Range = max(group.Range, 1)
	return nil
}
