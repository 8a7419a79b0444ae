package node

import (
	"net/http/httptest"
	"testing"
	"time"
)

func at(now time.Time, change func(*Pulse)) (*Health, Pulse) {
	h := NewHealth(now.Add(-time.Minute))
	h.now = func() time.Time { return now }
	p := Pulse{At: now, Height: 100, BlockTime: now.Add(-time.Second), Peers: 3, BestPeer: 100}
	change(&p)
	return h, p
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]struct {
		change func(*Pulse)
		want   string
	}{
		"fresh":            {func(*Pulse) {}, ""},
		"no block":         {func(p *Pulse) { p.Height = 0 }, "no block yet"},
		"block sync":       {func(p *Pulse) { p.CatchingUp = true }, "catching up at height 100"},
		"alone":            {func(p *Pulse) { p.Peers = 0 }, "no peer"},
		"stale":            {func(p *Pulse) { p.BlockTime = now.Add(-13 * time.Second) }, "block 100 is 13s old"},
		"behind":           {func(p *Pulse) { p.BestPeer = 102 }, "at height 100, peers at 102"},
		"silent validator": {func(p *Pulse) { p.Validator = true }, "no signature in a commit since the start"},
		"signing":          {func(p *Pulse) { p.Validator, p.Signed = true, true }, ""},
	} {
		h, p := at(now, c.change)
		h.Feel(p)
		got := ""
		if err := h.Ready(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWhoStartsOnAHaltedChainIsNotReadyAtOnce(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h, p := at(now, func(*Pulse) {})
	h.began = p.BlockTime.Add(time.Millisecond)
	h.Feel(p)
	if err := h.Ready(); err == nil || err.Error() != "no block that is newer than the start" {
		t.Fatalf("the last block is older than the process: got %v", err)
	}
	p.BlockTime = p.BlockTime.Add(2 * time.Millisecond)
	h.Feel(p)
	if err := h.Ready(); err != nil {
		t.Fatalf("the chain goes on: %v", err)
	}
}

func TestAReadyNodeBearsASlowBlockAndAReturningOneDoesNot(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h, p := at(now, func(*Pulse) {})
	h.Feel(p)
	p.BestPeer, p.BlockTime = 105, now.Add(-15*time.Second)
	h.Feel(p)
	if err := h.Ready(); err != nil {
		t.Fatalf("a slow block must not take a node out of the service: %v", err)
	}
	p.BlockTime = now.Add(-21 * time.Second)
	h.Feel(p)
	if h.Ready() == nil {
		t.Fatal("a node without a block for 21 s is Ready")
	}
	p.BlockTime = now.Add(-5 * time.Second)
	h.Feel(p)
	if h.Ready() == nil {
		t.Fatal("a node five blocks behind came back to the service")
	}
	p.Height = 104
	h.Feel(p)
	if err := h.Ready(); err != nil {
		t.Fatalf("a node that has caught up stays away: %v", err)
	}
}

func TestAReadyNodeGoesStaleWithoutAPulse(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h, p := at(now, func(*Pulse) {})
	h.Feel(p)
	h.now = func() time.Time { return now.Add(25 * time.Second) }
	if h.Ready() == nil {
		t.Fatal("the last pulse is 25 s old and the node is Ready")
	}
}

func TestAHaltedChainIsAliveAndALostPulseIsNot(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h, p := at(now, func(p *Pulse) { p.BlockTime = now.Add(-time.Hour) })
	h.Feel(p)
	if err := h.Live(); err != nil {
		t.Fatalf("the chain has halted, the process has not: %v", err)
	}
	h.now = func() time.Time { return now.Add(pulseLost + time.Second) }
	if h.Live() == nil {
		t.Fatal("the consensus machine does not answer and the node is alive")
	}
}

func TestHealthOverHTTP(t *testing.T) {
	h := NewHealth(time.Now().Add(-time.Minute))
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	for _, path := range []string{"/started", "/live", "/ready"} {
		if code, body := ask(path); code != 503 || body != "the node has not started yet\n" {
			t.Errorf("%s before the start: %d %q", path, code, body)
		}
	}
	now := time.Now()
	h.Feel(Pulse{At: now, Height: 1, BlockTime: now, Peers: 1})
	for _, path := range []string{"/started", "/live", "/ready"} {
		if code, _ := ask(path); code != 200 {
			t.Errorf("%s of a running node: %d", path, code)
		}
	}
	if code, _ := ask("/"); code != 404 {
		t.Errorf("an unknown question: %d", code)
	}
}
