package main

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Plan says for how long packets are held, and which of them Drop is about.
type Plan struct {
	Delay  time.Duration
	Jitter time.Duration
	Seed   uint64
	To     map[netip.Addr]bool // empty: all
	Soon   map[netip.Addr]bool // not held at all
}

// Packet is one packet in the kernel's queue.
type Packet struct {
	ID uint32
	To netip.Addr
}

// Holder lets each packet go after its delay. With a constant delay packets
// leave in the order in which they came.
type Holder struct {
	plan    Plan
	verdict func(id uint32, pass bool) error
	wake    chan struct{}

	mutex    sync.Mutex
	random   *rand.Rand
	held     pending
	number   uint64
	dropping bool
	report   Report
	errors   histogram
}

// NewHolder returns one that tells its verdicts to the given function.
func NewHolder(plan Plan, verdict func(id uint32, pass bool) error) *Holder {
	return &Holder{
		plan: plan, verdict: verdict, wake: make(chan struct{}, 1),
		random: rand.New(rand.NewPCG(plan.Seed, plan.Seed)),
	}
}

// Take takes a packet that has just come.
func (h *Holder) Take(packet Packet) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.report.Packets++
	if h.dropping && h.concerns(packet) {
		h.drop(packet)
		return
	}
	h.number++
	entry := waiting{Packet: packet, due: time.Now().Add(h.draw(packet)), number: h.number}
	heap.Push(&h.held, entry)
	h.report.MostHeld = max(h.report.MostHeld, len(h.held))
	if h.held[0].number == entry.number {
		h.nudge()
	}
}

// Drop begins to drop, with what is held, or ends it.
func (h *Holder) Drop(dropping bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.dropping = dropping
	if !dropping {
		return
	}
	var kept pending
	for _, entry := range h.held {
		if h.concerns(entry.Packet) {
			h.report.DroppedHeld++
			h.drop(entry.Packet)
		} else {
			kept = append(kept, entry)
		}
	}
	heap.Init(&kept)
	h.held = kept
	h.nudge()
}

// Run lets packets go when they are due; at the end of ctx it lets all go.
func (h *Holder) Run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(h.release(time.Now()))
		select {
		case <-ctx.Done():
			h.release(time.Now().Add(time.Hour))
			return
		case <-h.wake:
		case <-timer.C:
		}
	}
}

// release lets go what is due by a moment, and returns the time to the next.
func (h *Holder) release(moment time.Time) time.Duration {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for len(h.held) > 0 {
		if wait := h.held[0].due.Sub(moment); wait > 0 {
			return wait
		}
		entry := heap.Pop(&h.held).(waiting)
		if h.verdict(entry.ID, true) != nil {
			h.report.Refused++
			continue
		}
		h.report.Released++
		h.errors.add(max(0, time.Since(entry.due)))
	}
	return time.Hour
}

// Report returns what has happened so far.
func (h *Holder) Report() Report {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	report := h.report
	report.Held, report.Dropping, report.Seed = len(h.held), h.dropping, h.plan.Seed
	report.DelayMs, report.JitterMs = milliseconds(h.plan.Delay), milliseconds(h.plan.Jitter)
	report.ErrorMs = h.errors.quantiles()
	return report
}

func (h *Holder) concerns(packet Packet) bool {
	return len(h.plan.To) == 0 || h.plan.To[packet.To]
}

func (h *Holder) drop(packet Packet) {
	h.report.Dropped++
	if h.verdict(packet.ID, false) != nil {
		h.report.Refused++
	}
}

func (h *Holder) draw(packet Packet) time.Duration {
	if h.plan.Soon[packet.To] {
		return 0
	}
	if h.plan.Jitter == 0 {
		return h.plan.Delay
	}
	return max(0, h.plan.Delay+time.Duration((2*h.random.Float64()-1)*float64(h.plan.Jitter)))
}

func (h *Holder) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// waiting is a held packet.
type waiting struct {
	Packet
	due    time.Time
	number uint64
}

// pending is a heap, the packet that is due next first.
type pending []waiting

func (p pending) Len() int { return len(p) }

func (p pending) Less(i, j int) bool {
	if p[i].due.Equal(p[j].due) {
		return p[i].number < p[j].number
	}
	return p[i].due.Before(p[j].due)
}

func (p pending) Swap(i, j int) { p[i], p[j] = p[j], p[i] }

func (p *pending) Push(entry any) { *p = append(*p, entry.(waiting)) }

func (p *pending) Pop() any {
	last := len(*p) - 1
	entry := (*p)[last]
	*p = (*p)[:last]
	return entry
}
