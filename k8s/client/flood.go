package main

import (
	"context"
	"sync"
	"time"
)

// second is the line for one second of a flood.
type second struct {
	T      string  `json:"t"`
	Asked  int     `json:"requests"`
	Failed int     `json:"failed"`
	Bytes  int64   `json:"bytes"`
	MeanMs float64 `json:"mean_ms"`
	MaxMs  float64 `json:"max_ms"`
	Error  string  `json:"error,omitempty"`

	sumMs float64
}

func (s *second) add(a answer) {
	s.Asked++
	s.Bytes += a.Bytes
	s.sumMs += a.Ms
	s.MaxMs = max(s.MaxMs, a.Ms)
	if !a.OK {
		s.Failed++
		s.Error = a.Error
	}
}

// tally collects the answers of the current second and of the whole flood.
type tally struct {
	mutex   sync.Mutex
	current second
	total   summary
}

func (t *tally) add(a answer) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.current.add(a)
	t.total.Requests++
	if !a.OK {
		t.total.Failed++
	}
}

// take returns the current second and begins the next one.
func (t *tally) take(now time.Time) second {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	done := t.current
	done.T = stamp(now)
	if done.Asked > 0 {
		done.MeanMs = done.sumMs / float64(done.Asked)
	}
	t.current = second{}
	return done
}

// flood asks as fast as its workers can, each waiting for its answer.
func flood(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("flood")
	var urls list
	flags.Var(&urls, "url", "a URL; several are asked in turn")
	workers := flags.Int("workers", 32, "how many ask at the same time")
	timeout := flags.Duration("timeout", 10*time.Second, "of one request")
	fresh := flags.Bool("new-connection", false, "make a connection for each request")
	duration := flags.Duration("duration", time.Minute, "end after this time")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if len(urls) == 0 || *workers < 1 {
		return usageError{"flood: needs --url and at least one worker"}
	}
	begun := time.Now()
	bounded, cancel := context.WithTimeout(ctx, *duration)
	defer cancel()
	r := newRequester(*timeout, *fresh, "")
	var t tally
	var group sync.WaitGroup
	for worker := range *workers {
		group.Go(func() {
			for number := worker; bounded.Err() == nil; number++ {
				t.ask(bounded, r, urls[number%len(urls)])
			}
		})
	}
	err := t.report(bounded, out)
	cancel()
	group.Wait()
	t.total.Summary, t.total.Seconds, t.total.End = true, time.Since(begun).Seconds(), "duration"
	if ctx.Err() != nil {
		t.total.End = "signal"
	}
	if err != nil {
		return err
	}
	return out.line(t.total)
}

// ask sends one request; one that our own end cuts off is not counted.
func (t *tally) ask(ctx context.Context, r *requester, url string) {
	result := r.http(ctx, "http", url)
	if ctx.Err() != nil {
		return
	}
	t.add(result)
	if !result.OK {
		// A refused connection comes back at once: do not spin on it.
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// report writes a line every second until the end.
func (t *tally) report(ctx context.Context, out *output) error {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticks.C:
			if err := out.line(t.take(now)); err != nil {
				return err
			}
		}
	}
}
