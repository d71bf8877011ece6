package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type holdResult struct {
	Held int `json:"held"`
}

// runHold logs clients in, each with one query if the group has a text, says so, and keeps them idle until SIGTERM.
func runHold(plan *Plan) (any, error) {
	enough := make(chan os.Signal, 1)
	signal.Notify(enough, syscall.SIGTERM, syscall.SIGINT)
	held := 0
	for i := range plan.Groups {
		group := &plan.Groups[i]
		crowd, err := gather(plan, group, 512)
		if err != nil {
			return nil, err
		}
		if group.Text != "" {
			if err := eachOf(len(crowd), plan.Parallel, func(i int) error { return crowd[i].ask(group.Text) }); err != nil {
				return nil, err
			}
		}
		held += len(crowd)
		defer func() {
			for _, c := range crowd {
				c.leave()
			}
		}()
	}
	fmt.Printf("holding %d\n", held)
	<-enough
	return holdResult{Held: held}, nil
}
