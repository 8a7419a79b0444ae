package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cosmossdk.io/log"
	"github.com/cometbft/cometbft/p2p"
)

// fakeNetwork is a network in which a test connects and silences peers.
type fakeNetwork struct {
	mu      sync.Mutex
	silence map[p2p.ID]time.Duration
	dialled []p2p.ID
	dropped []p2p.ID
}

func (f *fakeNetwork) Connected(id p2p.ID) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	silence, connected := f.silence[id]
	return silence, connected
}

func (f *fakeNetwork) Dial(address *p2p.NetAddress) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dialled = append(f.dialled, address.ID)
	f.silence[address.ID] = 0
	return nil
}

func (f *fakeNetwork) Drop(id p2p.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped = append(f.dropped, id)
	delete(f.silence, id)
}

func keeper(self p2p.ID, net *fakeNetwork, names map[string]bool, ids ...p2p.ID) *Keeper {
	k := &Keeper{
		self: self, net: net, logger: log.NewNopLogger(),
		missing: map[p2p.ID]time.Time{}, dropped: map[p2p.ID]time.Time{}, dialled: map[p2p.ID]time.Time{},
		resolve: func(id p2p.ID, host string) (*p2p.NetAddress, error) {
			if !names[host] {
				return nil, errors.New("no such host")
			}
			return &p2p.NetAddress{ID: id}, nil
		},
	}
	for _, id := range ids {
		k.peers = append(k.peers, Peer{ID: id, Host: string(id) + ":26656"})
	}
	return k
}

func TestANameThatResolvesLateIsDialledThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fakeNetwork{silence: map[p2p.ID]time.Duration{}}
		names := map[string]bool{}
		k := keeper("a", net, names, "a", "b")
		k.round(time.Now())
		synctest.Wait()
		if len(net.dialled) != 0 {
			t.Fatalf("dialled %v without an address", net.dialled)
		}
		names["b:26656"] = true
		k.round(time.Now())
		synctest.Wait()
		if len(net.dialled) != 1 || net.dialled[0] != "b" {
			t.Fatalf("dialled %v, wanted b and not ourselves", net.dialled)
		}
	})
}

func TestOneSideOfAPairDialsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fakeNetwork{silence: map[p2p.ID]time.Duration{}}
		k := keeper("b", net, map[string]bool{"a:26656": true}, "a")
		now := time.Now()
		k.round(now)
		synctest.Wait()
		if len(net.dialled) != 0 {
			t.Fatal("the greater id dialled at once")
		}
		k.round(now.Add(dialGrace))
		synctest.Wait()
		if len(net.dialled) != 1 {
			t.Fatal("the greater id never dialled")
		}
	})
}

func TestTheOtherSideOfAPairDialsOnlyNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &fakeNetwork{silence: map[p2p.ID]time.Duration{}}
		k := keeper("b", net, map[string]bool{"a:26656": true, "c:26656": true}, "a", "c")
		now := time.Now()
		for at := time.Duration(0); at < dialGrace+dialRest; at += redialEvery {
			k.round(now.Add(at))
			synctest.Wait()
			clear(net.silence) // no connection lasts
		}
		count := map[p2p.ID]int{}
		for _, id := range net.dialled {
			count[id]++
		}
		if count["a"] != 1 || count["c"] != int((dialGrace+dialRest)/redialEvery) {
			t.Fatalf("dialled %v, wanted a once and c every time", count)
		}
	})
}

func TestASilentPeerGetsANewConnectionNowAndThen(t *testing.T) {
	quiet := silenceBorne + time.Second
	net := &fakeNetwork{silence: map[p2p.ID]time.Duration{"b": quiet, "c": time.Second}}
	k := keeper("a", net, nil, "b", "c")
	now := time.Now()
	k.round(now)
	net.silence["b"] = quiet
	k.round(now.Add(redialEvery))
	if len(net.dropped) != 1 || net.dropped[0] != "b" {
		t.Fatalf("dropped %v, wanted b, once within %s", net.dropped, silenceRest)
	}
	k.round(now.Add(silenceRest + time.Second))
	if len(net.dropped) != 2 {
		t.Fatal("a peer that stays silent kept its connection")
	}
}

func TestAHaltedChainKeepsItsConnectionsForAWhile(t *testing.T) {
	net := &fakeNetwork{silence: map[p2p.ID]time.Duration{"b": hushBorne - time.Second, "c": hushBorne - time.Second}}
	k := keeper("a", net, nil, "b", "c")
	k.round(time.Now())
	if len(net.dropped) != 0 {
		t.Fatalf("dropped %v although nobody speaks", net.dropped)
	}
	net.silence["b"] = hushBorne + time.Second
	k.round(time.Now())
	if len(net.dropped) != 1 {
		t.Fatal("a dead connection is kept for ever")
	}
}

func TestPeersAreReadFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "peers")
	if err := os.WriteFile(file, []byte("id0@validator-0.validator:26656\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	peers, err := readPeers(file)
	if err != nil || len(peers) != 1 || peers[0].ID != "id0" {
		t.Fatalf("got %v, %v", peers, err)
	}
	if _, err := readPeers(file + "-gone"); err == nil || !strings.Contains(err.Error(), "peers-gone") {
		t.Fatalf("the missing file is not named: %v", err)
	}
}

func TestPeersAreReadFromAList(t *testing.T) {
	peers, err := ParsePeers("id0@validator-0.validator:26656\nid1@validator-1.validator:26656,")
	if err != nil || len(peers) != 2 || peers[1].ID != "id1" || peers[1].Host != "validator-1.validator:26656" {
		t.Fatalf("got %v, %v", peers, err)
	}
	if _, err := ParsePeers("validator-0:26656"); err == nil {
		t.Fatal("an address without an id was taken")
	}
}
