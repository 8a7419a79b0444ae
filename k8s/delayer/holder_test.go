package main

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// fates notes what became of each packet, and when.
type fates struct {
	passed  []uint32
	dropped []uint32
	after   map[uint32]time.Duration
	began   time.Time
}

func started(t *testing.T, plan Plan) (*Holder, *fates, func()) {
	t.Helper()
	seen := &fates{after: map[uint32]time.Duration{}, began: time.Now()}
	holder := NewHolder(plan, func(id uint32, pass bool) error {
		if pass {
			seen.passed = append(seen.passed, id)
		} else {
			seen.dropped = append(seen.dropped, id)
		}
		seen.after[id] = time.Since(seen.began)
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	go holder.Run(ctx)
	return holder, seen, func() { cancel(); synctest.Wait() }
}

func TestPacketsLeaveAfterTheDelayInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder, seen, stop := started(t, Plan{Delay: 50 * time.Millisecond})
		for id := range uint32(20) {
			holder.Take(Packet{ID: id})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		stop()
		if !slices.IsSorted(seen.passed) || len(seen.passed) != 20 {
			t.Fatalf("they left as %v", seen.passed)
		}
		for id, after := range seen.after {
			if want := 50*time.Millisecond + time.Duration(id)*time.Millisecond; after != want {
				t.Fatalf("packet %d left after %s, not %s", id, after, want)
			}
		}
		if report := holder.Report(); report.Released != 20 || report.ErrorMs["max"] != 0 {
			t.Fatalf("the report is %+v", report)
		}
	})
}

func TestJitterDrawsForEachPacketWithinItsBounds(t *testing.T) {
	draws := func() []time.Duration {
		var found []time.Duration
		synctest.Test(t, func(t *testing.T) {
			plan := Plan{Delay: 200 * time.Millisecond, Jitter: 150 * time.Millisecond, Seed: 7}
			holder, seen, stop := started(t, plan)
			for id := range uint32(500) {
				holder.Take(Packet{ID: id})
			}
			time.Sleep(time.Second)
			stop()
			for id := range uint32(500) {
				found = append(found, seen.after[id])
			}
		})
		return found
	}
	first := draws()
	if low, high := slices.Min(first), slices.Max(first); low < 50*time.Millisecond || high > 350*time.Millisecond || high-low < 250*time.Millisecond {
		t.Fatalf("the draws go from %s to %s", low, high)
	}
	if !slices.Equal(first, draws()) {
		t.Fatal("the same seed drew other delays")
	}
}

func TestDropTakesWhatIsHeldForTheseDestinationsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, near := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
		plan := Plan{Delay: 300 * time.Millisecond, To: map[netip.Addr]bool{far: true}}
		holder, seen, stop := started(t, plan)
		holder.Take(Packet{ID: 1, To: far})
		holder.Take(Packet{ID: 2, To: near})
		time.Sleep(100 * time.Millisecond)
		holder.Drop(true)
		holder.Take(Packet{ID: 3, To: far})
		time.Sleep(time.Second)
		holder.Drop(false)
		holder.Take(Packet{ID: 4, To: far})
		time.Sleep(time.Second)
		stop()
		if !slices.Equal(seen.dropped, []uint32{1, 3}) || !slices.Equal(seen.passed, []uint32{2, 4}) {
			t.Fatalf("dropped %v, passed %v", seen.dropped, seen.passed)
		}
		if report := holder.Report(); report.Dropped != 2 || report.DroppedHeld != 1 || report.Packets != 4 {
			t.Fatalf("the report is %+v", report)
		}
	})
}

func TestSomeDestinationsAreNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near := netip.MustParseAddr("10.0.0.2")
		holder, seen, stop := started(t, Plan{Delay: time.Second, Soon: map[netip.Addr]bool{near: true}})
		holder.Take(Packet{ID: 1, To: netip.MustParseAddr("10.0.0.1")})
		holder.Take(Packet{ID: 2, To: near})
		time.Sleep(2 * time.Second)
		stop()
		if seen.after[1] != time.Second || seen.after[2] != 0 {
			t.Fatalf("they left after %v", seen.after)
		}
	})
}

func TestTheEndLetsEverythingGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		holder, seen, stop := started(t, Plan{Delay: time.Hour})
		holder.Take(Packet{ID: 1})
		holder.Take(Packet{ID: 2})
		stop()
		if !slices.Equal(seen.passed, []uint32{1, 2}) {
			t.Fatalf("passed %v", seen.passed)
		}
	})
}

func TestQuantilesAreUpperEndsOfTenthsOfAMillisecond(t *testing.T) {
	var errors histogram
	for count := range 100 {
		errors.add(time.Duration(count) * time.Millisecond)
	}
	found := errors.quantiles()
	if found["median"] != 49.1 || found["p95"] != 94.1 || found["p99"] != 98.1 || found["max"] != 99 {
		t.Fatalf("got %v", found)
	}
}
