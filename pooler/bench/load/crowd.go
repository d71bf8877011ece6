package main

import (
	"sync"
	"sync/atomic"
)

// eachOf calls for 0 to count-1, so many at once; the first error is told when all have been called.
func eachOf(count, parallel int, call func(int) error) error {
	var next atomic.Int64
	var everybody sync.WaitGroup
	var once sync.Once
	var first error
	for range min(parallel, count) {
		everybody.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := call(i); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	everybody.Wait()
	return first
}

// gather logs all clients of a group in.
func gather(plan *Plan, group *Group, buffer int) ([]*connection, error) {
	crowd := make([]*connection, group.Clients)
	err := eachOf(group.Clients, plan.Parallel, func(i int) error {
		c, err := connect(plan, group.Pools[i%len(group.Pools)], buffer)
		crowd[i] = c
		return err
	})
	return crowd, err
}
