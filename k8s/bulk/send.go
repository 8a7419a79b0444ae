package main

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	full  = "mempool is full"
	pause = 100 * time.Millisecond // after an error that is no refusal: do not spin on it
)

var wrongSequence = regexp.MustCompile(`sequence mismatch, expected (\d+)`)

// plan bounds a run.
type plan struct {
	size     int
	rate     float64
	workers  int
	most     int64
	refusals int
	lapse    int64
	duration time.Duration
}

// node is what a run needs of a chain.
type node interface {
	height(ctx context.Context) (int64, error)
	learn(ctx context.Context, a *account) error
	offer(ctx context.Context, bytes []byte) error
}

// line is one line of the report: sums since the beginning.
type line struct {
	T         string `json:"t"`
	Sent      int    `json:"sent"`
	Taken     int    `json:"taken"`
	Refused   int    `json:"refused"` // by a full mempool
	Failed    int    `json:"failed"`  // for another reason
	Bytes     int64  `json:"bytes"`   // of those that were taken
	Height    int64  `json:"height"`
	LastError string `json:"last_error,omitempty"`
	Final     bool   `json:"final,omitempty"`
}

// run is the state of one run.
type sending struct {
	plan   plan
	form   form
	node   node
	cancel context.CancelFunc
	height atomic.Int64

	mutex sync.Mutex
	line  line
}

// send sends until a bound of the plan or the context's end.
func send(ctx context.Context, p plan, accounts []*account, f form, n node, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, p.duration)
	defer cancel()
	s := &sending{plan: p, form: f, node: n, cancel: cancel}
	s.look(ctx)
	tokens := s.tokens(ctx)
	var group sync.WaitGroup
	for worker := range p.workers {
		group.Go(func() {
			for number := worker; ; number += p.workers {
				select {
				case <-ctx.Done():
					return
				case <-tokens:
					s.one(ctx, accounts[number%len(accounts)])
				}
			}
		})
	}
	encoder := json.NewEncoder(out)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-again.C:
			s.look(ctx)
			if err := encoder.Encode(s.now()); err != nil {
				return err
			}
		}
	}
	group.Wait()
	last := s.now()
	last.Final = true
	return encoder.Encode(last)
}

// tokens gives a token for each transfer: at the rate, or always.
func (s *sending) tokens(ctx context.Context) <-chan time.Time {
	if s.plan.rate == 0 {
		always := make(chan time.Time)
		close(always)
		return always
	}
	ticker := time.NewTicker(time.Duration(float64(time.Second) / s.plan.rate))
	context.AfterFunc(ctx, ticker.Stop)
	return ticker.C
}

// look asks for the height, from which transfers count until they lapse.
func (s *sending) look(ctx context.Context) {
	if height, err := s.node.height(ctx); err == nil {
		s.height.Store(height)
	}
}

// one sends one transfer of an account, which no other worker uses.
func (s *sending) one(ctx context.Context, from *account) {
	err := s.offer(ctx, from)
	if err != nil && ctx.Err() != nil {
		return // cut off by our own end
	}
	s.note(err)
	if err == nil || strings.Contains(err.Error(), full) {
		return
	}
	from.known = from.known && s.mended(from, err)
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

func (s *sending) offer(ctx context.Context, from *account) error {
	if !from.known {
		if err := s.node.learn(ctx, from); err != nil {
			return err
		}
	}
	var timeout uint64
	if s.plan.lapse > 0 {
		timeout = uint64(s.height.Load() + s.plan.lapse)
	}
	bytes, err := s.form.transfer(from, timeout)
	if err != nil {
		return err
	}
	if err := s.node.offer(ctx, bytes); err != nil {
		return err
	}
	from.sequence++
	return nil
}

// mended takes the sequence over that the node expects, if it says so.
func (s *sending) mended(from *account, err error) bool {
	found := wrongSequence.FindStringSubmatch(err.Error())
	if found == nil {
		return false
	}
	expected, problem := strconv.ParseUint(found[1], 10, 64)
	from.sequence = expected
	return problem == nil
}

// note counts what became of a transfer, and ends the run at a bound.
func (s *sending) note(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.line.Sent++
	switch {
	case err == nil:
		s.line.Taken++
		s.line.Bytes += int64(s.form.size)
	case strings.Contains(err.Error(), full):
		s.line.Refused++
		s.line.LastError = err.Error()
	default:
		s.line.Failed++
		s.line.LastError = err.Error()
	}
	if (s.plan.most > 0 && s.line.Bytes >= s.plan.most) ||
		(s.plan.refusals > 0 && s.line.Refused >= s.plan.refusals) {
		s.cancel()
	}
}

func (s *sending) now() line {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.line
	now.T, now.Height = time.Now().UTC().Format(time.RFC3339Nano), s.height.Load()
	return now
}
