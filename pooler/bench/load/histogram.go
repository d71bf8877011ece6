package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Each power of two is split into so many steps: a percentile is at most 1.6 % too high.
const steps = 64

// histogram counts durations in nanoseconds; any goroutine may add.
type histogram struct {
	counts [59 * steps]atomic.Int64
}

func (h *histogram) add(d time.Duration) {
	h.counts[stepOf(uint64(max(d, 0)))].Add(1)
}

func stepOf(value uint64) int {
	if value < steps {
		return int(value)
	}
	power := bits.Len64(value) - 7 // value >> power is in steps..2*steps-1
	return power*steps + int(value>>power)
}

// highest value that is counted in this step.
func highest(step int) uint64 {
	if step < 2*steps {
		return uint64(step)
	}
	power := step/steps - 1
	return (uint64(step%steps+steps)+1)<<power - 1
}

// Latencies in milliseconds.
type Latencies struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func (h *histogram) latencies() Latencies {
	return Latencies{P50: h.millis(0.5), P99: h.millis(0.99), P999: h.millis(0.999), Max: h.millis(1)}
}

// millis is the duration that a share of the counted ones does not pass; 0 if nothing was counted.
func (h *histogram) millis(share float64) float64 {
	total := int64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	rank := max(int64(share*float64(total)+0.5), 1)
	for i := range h.counts {
		rank -= h.counts[i].Load()
		if rank <= 0 {
			return float64(highest(i)) / 1e6
		}
	}
	return 0
}
