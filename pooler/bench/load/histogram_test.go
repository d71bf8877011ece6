package main

import (
	"testing"
	"time"
)

func TestEachDurationIsCountedInAStepThatHoldsIt(t *testing.T) {
	for _, value := range []uint64{0, 1, 63, 64, 127, 128, 129, 1000, 999_999, 1_000_000, 1 << 40, 1<<62 + 12345} {
		step := stepOf(value)
		if top := highest(step); top < value || float64(top) > float64(value)*1.016+1 {
			t.Errorf("step %d of %d ends at %d", step, value, top)
		}
		if step > 0 && highest(step-1) >= value {
			t.Errorf("%d belongs into step %d already", value, step-1)
		}
	}
}

func TestPercentilesAreOfWhatWasCounted(t *testing.T) {
	var h histogram
	if h.millis(0.5) != 0 {
		t.Errorf("the median of nothing is %v", h.millis(0.5))
	}
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	for share, expected := range map[float64]float64{0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := h.millis(share); got < expected || got > expected*1.016 {
			t.Errorf("%v of the durations are below %v ms, expected %v", share, got, expected)
		}
	}
}
