// Package load sends signed transfers at a steady rate and counts what became
// of them.
package load

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Plan bounds a run of the load.
type Plan struct {
	Rate     float64       // transfers per second
	Count    int           // stop after so many; 0 means no bound
	Duration time.Duration // stop after so long; 0 means no bound
	Report   time.Duration // time between two lines
}

// Chain is what the load needs of a node.
type Chain interface {
	// Send broadcasts the account's next transfer and returns its hash.
	Send(ctx context.Context, account int) (hash string, err error)
	// Committed returns the hashes in the blocks after the given height, and the
	// height up to which it has read.
	Committed(ctx context.Context, after int64) (hashes []string, height int64, err error)
}

// Line is one line of the report.
type Line struct {
	Time      string `json:"time"`
	Sent      int    `json:"sent"`
	Accepted  int    `json:"accepted"`
	Refused   int    `json:"refused"`
	Committed int    `json:"committed"`
	Height    int64  `json:"height"`
	LastError string `json:"last_error,omitempty"`
	Final     bool   `json:"final,omitempty"`
}

// Run sends until the plan's bound or the context's end, waits a little for the
// last transfers to be committed, and writes JSON lines.
func Run(ctx context.Context, plan Plan, accounts int, chain Chain, out io.Writer) (Line, error) {
	r := &runner{plan: plan, accounts: accounts, chain: chain, out: json.NewEncoder(out), open: map[string]bool{}}
	// Nothing sent before now can be ours.
	_, height, err := chain.Committed(ctx, -1)
	if err != nil {
		return r.line, err
	}
	r.line.Height = height
	if plan.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, plan.Duration)
		defer cancel()
	}
	r.send(ctx)
	r.settle()
	r.line.Final = true
	return r.line, r.report()
}

const settleTime = 5 * time.Second

type runner struct {
	plan     Plan
	accounts int
	chain    Chain
	out      *json.Encoder
	line     Line
	open     map[string]bool
}

func (r *runner) send(ctx context.Context) {
	pace := time.NewTicker(time.Duration(float64(time.Second) / r.plan.Rate))
	defer pace.Stop()
	lines := time.NewTicker(r.plan.Report)
	defer lines.Stop()
	for r.plan.Count == 0 || r.line.Sent < r.plan.Count {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			r.transfer(ctx)
		case <-lines.C:
			r.count(ctx)
			_ = r.report()
		}
	}
}

func (r *runner) transfer(ctx context.Context) {
	hash, err := r.chain.Send(ctx, r.line.Sent%r.accounts)
	if err != nil && ctx.Err() != nil {
		return // cut off by our own end, neither sent nor refused
	}
	r.line.Sent++
	if err != nil {
		r.line.Refused++
		r.line.LastError = err.Error()
		return
	}
	r.line.Accepted++
	r.open[hash] = true
}

func (r *runner) count(ctx context.Context) {
	hashes, height, err := r.chain.Committed(ctx, r.line.Height)
	if err != nil {
		r.line.LastError = err.Error()
	}
	r.line.Height = height
	for _, hash := range hashes {
		if r.open[hash] {
			delete(r.open, hash)
			r.line.Committed++
		}
	}
}

// settle gives the last transfers the time of a few blocks.
func (r *runner) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for len(r.open) > 0 {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			r.count(ctx)
		}
	}
}

func (r *runner) report() error {
	r.line.Time = time.Now().UTC().Format(time.RFC3339)
	return r.out.Encode(r.line)
}
