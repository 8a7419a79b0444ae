package main

import (
	"context"
	"flag"
	"sync"
	"sync/atomic"
	"time"
)

// crowd bounds how many requests may be under way: a service that hangs must not make
// the client grow without end.
const crowd = 512

// pace says how often and how long something is done.
type pace struct {
	rate     float64
	duration time.Duration
	count    int
}

func (p *pace) flags(flags *flag.FlagSet, rate float64) {
	flags.Float64Var(&p.rate, "rate", rate, "how many per second")
	flags.DurationVar(&p.duration, "duration", 10*time.Minute, "end after this time")
	flags.IntVar(&p.count, "count", 0, "end after so many; 0: no bound")
}

// summary is the last line of paced work.
type summary struct {
	Summary  bool    `json:"summary"`
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	Skipped  int64   `json:"skipped"`
	Seconds  float64 `json:"seconds"`
	End      string  `json:"end"`
}

// run starts `action` at the pace, whether or not earlier ones have come back, and
// waits for all of them.  An action gets its number and says whether it succeeded;
// its own context outlives the end of the pace, so that no answer is cut off.
func (p *pace) run(ctx context.Context, action func(ctx context.Context, number int) bool) (summary, error) {
	if p.rate <= 0 {
		return summary{}, usageError{"--rate must be above 0"}
	}
	begun := time.Now()
	ticks := time.NewTicker(time.Duration(float64(time.Second) / p.rate))
	defer ticks.Stop()
	over := time.NewTimer(p.duration)
	defer over.Stop()
	var (
		result summary
		failed atomic.Int64
		under  = make(chan struct{}, crowd)
		group  sync.WaitGroup
	)
	for result.End == "" {
		select {
		case under <- struct{}{}:
			number := int(result.Requests)
			result.Requests++
			group.Go(func() {
				defer func() { <-under }()
				if !action(context.WithoutCancel(ctx), number) {
					failed.Add(1)
				}
			})
		default:
			result.Skipped++
		}
		result.End = p.next(ctx, ticks.C, over.C, result.Requests)
	}
	group.Wait()
	result.Summary, result.Failed, result.Seconds = true, failed.Load(), time.Since(begun).Seconds()
	return result, nil
}

// next waits for the next tick, or says why there is none.
func (p *pace) next(ctx context.Context, tick, over <-chan time.Time, done int64) string {
	if p.count > 0 && done >= int64(p.count) {
		return "count"
	}
	select {
	case <-ctx.Done():
		return "signal"
	case <-over:
		return "duration"
	case <-tick:
		return ""
	}
}
