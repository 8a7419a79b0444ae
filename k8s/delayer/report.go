package main

import "time"

// Report is what the program tells of itself, as JSON. ErrorMs is its own
// fault: by how much packets were held longer than they should have been.
type Report struct {
	DelayMs     float64            `json:"delay_ms"`
	JitterMs    float64            `json:"jitter_ms"`
	Seed        uint64             `json:"seed"`
	Packets     int                `json:"packets"`
	Released    int                `json:"released"`
	Dropped     int                `json:"dropped"`
	DroppedHeld int                `json:"dropped_held"` // of those dropped, the ones that had been waiting
	Refused     int                `json:"refused"`      // the kernel did not take the verdict
	Held        int                `json:"held"`
	MostHeld    int                `json:"most_held"`
	Dropping    bool               `json:"dropping"`
	ErrorMs     map[string]float64 `json:"error_ms"`
}

const (
	step  = 100 * time.Microsecond
	steps = 20_000 // two seconds; later ones count in the last step
)

// histogram counts durations in steps of a tenth of a millisecond.
type histogram struct {
	counts  [steps]int
	total   int
	longest time.Duration
}

func (h *histogram) add(value time.Duration) {
	h.counts[min(int(value/step), steps-1)]++
	h.total++
	h.longest = max(h.longest, value)
}

// quantiles returns milliseconds; each is the upper end of its step.
func (h *histogram) quantiles() map[string]float64 {
	found := map[string]float64{"max": milliseconds(h.longest)}
	for name, share := range map[string]float64{"median": 0.5, "p95": 0.95, "p99": 0.99} {
		found[name] = milliseconds(min(h.quantile(share), h.longest))
	}
	return found
}

func (h *histogram) quantile(share float64) time.Duration {
	seen := 0
	for number, count := range h.counts {
		seen += count
		if count > 0 && float64(seen) >= share*float64(h.total) {
			return time.Duration(number+1) * step
		}
	}
	return 0
}

func milliseconds(value time.Duration) float64 {
	return float64(value.Microseconds()) / 1000
}
