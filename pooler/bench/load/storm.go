package main

import (
	"time"
)

type stormResult struct {
	Logins  int64   `json:"logins"`
	Seconds float64 `json:"seconds"`
	Latencies
	Failures
}

// runStorm logs all clients of the first group in, Parallel at once, each with one query if the group has a text.
func runStorm(plan *Plan) (any, error) {
	group := &plan.Groups[0]
	stayed := make([]*connection, group.Clients)
	var failed failures
	var latencies histogram
	begin := time.Now()
	_ = eachOf(group.Clients, plan.Parallel, func(i int) error {
		start := time.Now()
		c, err := connect(plan, group.Pools[i%len(group.Pools)], 2048)
		if err == nil && group.Text != "" {
			err = c.ask(group.Text)
		}
		if err != nil {
			failed.add(err)
			return nil
		}
		latencies.add(time.Since(start))
		if plan.Stay {
			stayed[i] = c
		} else {
			c.leave()
		}
		return nil
	})
	seconds := time.Since(begin).Seconds()
	for _, c := range stayed {
		if c != nil {
			c.leave()
		}
	}
	return stormResult{
		Logins: int64(group.Clients) - failed.count.Load(), Seconds: seconds,
		Latencies: latencies.latencies(), Failures: failed.told(),
	}, nil
}

// ask sends a simple query and takes whatever answer comes.
func (c *connection) ask(text string) error {
	c.out.query(text)
	if err := c.send(); err != nil {
		return err
	}
	_, err := c.finish('D')
	return err
}
