package main

import (
	"fmt"
	"time"
)

// progress writes a line each second, of the units done since the last one; it calls begun after the first, with which
// measuring begins, as what came before is the start of the run.
func progress(seconds int, done func() float64, begun func()) {
	start := time.Now()
	last, before := start, done()
	for second := 1; second <= seconds; second++ {
		time.Sleep(time.Until(start.Add(time.Duration(second) * time.Second)))
		now, count := time.Now(), done()
		fmt.Printf("progress: %.3f s, %.1f tps\n", now.Sub(start).Seconds(), (count-before)/now.Sub(last).Seconds())
		last, before = now, count
		if second == 1 {
			begun()
		}
	}
}
