package main

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// How long a transaction may last beyond the end of the run; who waits longer was starved and is counted as waiting.
const lastWords = 5 * time.Second

// loaded is a group at work.
type loaded struct {
	group     *Group
	clients   []*connection
	works     []*work
	count     atomic.Int64
	latencies atomic.Pointer[histogram]
	failures  failures
	waiting   atomic.Int64
	begin     int64
	end       int64
}

// Loaded is what a group did in the measured time.
type Loaded struct {
	Name         string  `json:"name"`
	Transactions int64   `json:"transactions"`
	Tps          float64 `json:"tps"`
	// Starved clients had no answer when the run was over for five seconds.
	Starved int64 `json:"starved"`
	Latencies
	Failures
}

type loadResult struct {
	Groups []Loaded `json:"groups"`
}

func runLoad(plan *Plan) (any, error) {
	groups := make([]*loaded, len(plan.Groups))
	for i := range plan.Groups {
		group, err := enter(plan, &plan.Groups[i])
		if err != nil {
			return nil, err
		}
		groups[i] = group
	}
	var left atomic.Int64
	left.Store(plan.Transactions)
	var stop atomic.Bool
	var everybody sync.WaitGroup
	for _, group := range groups {
		group.start(&everybody, func() bool {
			return !stop.Load() && (plan.Transactions == 0 || left.Add(-1) >= 0)
		})
	}
	if plan.Transactions == 0 {
		watch(plan.Seconds, groups)
		stop.Store(true)
		for _, group := range groups {
			group.hurry()
		}
	}
	everybody.Wait()
	return tell(plan, groups), nil
}

func enter(plan *Plan, group *Group) (*loaded, error) {
	clients, err := gather(plan, group, 2048)
	if err != nil {
		return nil, err
	}
	g := &loaded{group: group, clients: clients}
	g.latencies.Store(&histogram{})
	for i := range clients {
		g.works = append(g.works, newWork(group, i))
	}
	return g, eachOf(len(clients), plan.Parallel, func(i int) error { return g.works[i].prepare(clients[i]) })
}

func watch(seconds int, groups []*loaded) {
	done := func() float64 {
		sum := int64(0)
		for _, group := range groups {
			group.end = group.count.Load()
			sum += group.end
		}
		return float64(sum)
	}
	progress(seconds, done, func() {
		for _, group := range groups {
			group.begin = group.count.Load()
			group.latencies.Store(&histogram{})
		}
	})
}

func (g *loaded) start(everybody *sync.WaitGroup, goOn func() bool) {
	workers := g.group.Workers
	for worker := range workers {
		everybody.Go(func() {
			// The worker's clients: every workers-th one.
			mine := (len(g.clients) - worker + workers - 1) / workers
			random := randomOf(worker)
			for goOn() {
				client := worker
				if mine > 1 {
					client += workers * random.IntN(mine)
				}
				if !g.transaction(client, random) {
					return
				}
			}
		})
	}
}

// transaction is false when the client is lost.
func (g *loaded) transaction(client int, random *rand.Rand) bool {
	begin := time.Now()
	err := g.works[client].once(g.clients[client], random)
	if err == nil {
		g.latencies.Load().add(time.Since(begin))
		g.count.Add(1)
		return true
	}
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		g.waiting.Add(1)
		return false
	}
	g.failures.add(err)
	var refused refusal
	return errors.As(err, &refused)
}

func (g *loaded) hurry() {
	deadline := time.Now().Add(lastWords)
	for _, client := range g.clients {
		// A connection that is lost has no deadline, and nobody who waits for it.
		_ = client.SetReadDeadline(deadline)
	}
}

func tell(plan *Plan, groups []*loaded) loadResult {
	result := loadResult{}
	for _, g := range groups {
		told := Loaded{
			Name: g.group.Name, Starved: g.waiting.Load(), Latencies: g.latencies.Load().latencies(), Failures: g.failures.told(),
		}
		if plan.Transactions > 0 {
			told.Transactions = g.count.Load()
		} else {
			told.Transactions = g.end - g.begin
			told.Tps = float64(told.Transactions) / float64(max(plan.Seconds-1, 1))
		}
		result.Groups = append(result.Groups, told)
		for _, client := range g.clients {
			client.leave()
		}
	}
	return result
}
