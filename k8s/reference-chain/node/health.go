package node

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	pulseEvery = time.Second
	// A pulse that has not been felt for this long means that the consensus
	// machine does not answer inside the process any more. It says nothing of the
	// age of the last block: a chain that has halted is no reason to restart.
	pulseLost = 45 * time.Second
	// While a node is Ready it may lag this far, so that a slow block or a busy
	// moment does not empty a service …
	staleAge    = 20 * time.Second
	staleBlocks = 8
	// … but to become Ready (again) it must really have caught up.
	freshAge    = 12 * time.Second
	freshBlocks = 1
)

// Pulse is what the node knows of itself at one moment.
type Pulse struct {
	At         time.Time
	Height     int64
	BlockTime  time.Time
	CatchingUp bool
	Peers      int
	// BestPeer is the greatest height that a connected peer has told.
	BestPeer int64
	// Validator: this node's key is in the validator set.
	Validator bool
	// Signed: a commit holds a signature that this process has made.
	Signed bool
}

// Health answers the kubelet's three questions from the last pulse.
type Health struct {
	began time.Time
	last  atomic.Pointer[Pulse]
	ready atomic.Bool
	now   func() time.Time
}

// NewHealth makes a health without a pulse, of a process that began at that time:
// the node has not started yet.
func NewHealth(began time.Time) *Health { return &Health{began: began, now: time.Now} }

// Feel takes the newest pulse.
func (h *Health) Feel(p Pulse) {
	h.last.Store(&p)
	h.ready.Store(h.unready(p) == nil)
}

// Started is nil once the node has replayed its blocks and felt its first pulse.
func (h *Health) Started() error {
	if h.last.Load() == nil {
		return fmt.Errorf("the node has not started yet")
	}
	return nil
}

// Live is nil as long as the consensus machine answers inside the process.
func (h *Health) Live() error {
	p := h.last.Load()
	if p == nil {
		return h.Started()
	}
	if age := h.now().Sub(p.At); age > pulseLost {
		return fmt.Errorf("no pulse for %s", age.Round(time.Second))
	}
	return nil
}

// Ready is nil when the node has caught up, has a peer, has seen the chain go on
// since its start and, as a validator, signs.
func (h *Health) Ready() error {
	p := h.last.Load()
	if p == nil {
		return h.Started()
	}
	err := h.unready(*p)
	if err != nil {
		h.ready.Store(false)
	}
	return err
}

func (h *Health) unready(p Pulse) error {
	age, blocks := freshAge, int64(freshBlocks)
	if h.ready.Load() {
		age, blocks = staleAge, staleBlocks
	}
	switch old := h.now().Sub(p.BlockTime); {
	case p.Height == 0:
		return fmt.Errorf("no block yet")
	case p.CatchingUp:
		return fmt.Errorf("catching up at height %d", p.Height)
	case p.Peers == 0:
		return fmt.Errorf("no peer")
	case old > age:
		return fmt.Errorf("block %d is %s old", p.Height, old.Round(time.Second))
	case p.BestPeer-p.Height > blocks:
		return fmt.Errorf("at height %d, peers at %d", p.Height, p.BestPeer)
	case !p.BlockTime.After(h.began):
		// The chain may stand because of what this process is: a release that is
		// being rolled out must not go on to the next validator then.
		return fmt.Errorf("no block that is newer than the start")
	case p.Validator && !p.Signed:
		return fmt.Errorf("no signature in a commit since the start")
	}
	return nil
}

// ServeHTTP answers /started, /live and /ready with 200, or 503 and the reason.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	questions := map[string]func() error{"/started": h.Started, "/live": h.Live, "/ready": h.Ready}
	ask, known := questions[r.URL.Path]
	if !known {
		http.NotFound(w, r)
		return
	}
	if err := ask(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}
