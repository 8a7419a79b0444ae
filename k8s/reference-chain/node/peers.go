package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cosmossdk.io/log"
	"github.com/cometbft/cometbft/p2p"
)

const (
	redialEvery = 2 * time.Second
	// One side of each pair dials at once and the other after this grace, so that
	// two nodes which start together do not keep refusing each other's connection.
	dialGrace = 3 * redialEvery
	// Later the other side dials only now and then: where a message takes a second,
	// two connections that are made at once end each other, time after time.
	dialRest = 10 * redialEvery
	// A connected peer says something in every block. A peer that is silent for
	// this long while others speak gets a new connection: a cut network leaves
	// connections that look alive until TCP gives them up, long after the cut.
	silenceBorne = 12 * time.Second
	// When nobody speaks the chain may have halted, which is no fault of theirs.
	hushBorne = 3 * silenceBorne
	// The least time between two replacements of one peer's connection.
	silenceRest = 30 * time.Second
)

// Peer is a node that must be connected, by its node id and stable name.
type Peer struct {
	ID   p2p.ID
	Host string
}

// readPeers reads a list of peers, or the file with one that is named instead.
func readPeers(value string) ([]Peer, error) {
	if filepath.IsAbs(value) {
		list, err := os.ReadFile(value)
		if err != nil {
			return nil, fmt.Errorf("peers: %w", err)
		}
		value = string(list)
	}
	return ParsePeers(value)
}

// ParsePeers reads "id@host:port,id@host:port".
func ParsePeers(list string) ([]Peer, error) {
	var peers []Peer
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '\n' || r == ' ' }) {
		id, host, found := strings.Cut(entry, "@")
		if _, _, err := net.SplitHostPort(host); !found || err != nil {
			return nil, fmt.Errorf("peer %q is not of the form id@host:port", entry)
		}
		peers = append(peers, Peer{ID: p2p.ID(id), Host: host})
	}
	return peers, nil
}

// network is the part of the P2P switch that the keeper uses.
type network interface {
	Connected(id p2p.ID) (silence time.Duration, connected bool)
	Dial(address *p2p.NetAddress) error
	Drop(id p2p.ID)
}

// Keeper connects the node to its named peers and keeps it connected.
//
// CometBFT resolves the names of persistent peers once, when the node starts,
// and forgets a name that does not resolve then; a peer that comes back under
// another address is lost to it too. The keeper resolves a name at each dial.
type Keeper struct {
	self    p2p.ID
	peers   []Peer
	net     network
	resolve func(id p2p.ID, host string) (*p2p.NetAddress, error)
	logger  log.Logger
	missing map[p2p.ID]time.Time
	dropped map[p2p.ID]time.Time
	dialled map[p2p.ID]time.Time
}

// NewKeeper makes a keeper for the switch of a started node.
func NewKeeper(sw *p2p.Switch, self p2p.ID, peers []Peer, logger log.Logger) *Keeper {
	return &Keeper{
		self: self, peers: peers, net: switchNetwork{sw}, resolve: resolve, logger: logger,
		missing: map[p2p.ID]time.Time{}, dropped: map[p2p.ID]time.Time{}, dialled: map[p2p.ID]time.Time{},
	}
}

// Run keeps the peers until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(redialEvery)
	defer ticker.Stop()
	for {
		k.round(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (k *Keeper) round(now time.Time) {
	borne := k.borne()
	for _, peer := range k.peers {
		if peer.ID == k.self {
			continue
		}
		silence, connected := k.net.Connected(peer.ID)
		switch {
		case !connected:
			k.dialIfDue(peer, now)
		case silence > borne && now.Sub(k.dropped[peer.ID]) > silenceRest:
			k.logger.Info("replacing the connection of a silent peer", "peer", peer.Host, "silence", silence.String())
			k.dropped[peer.ID] = now
			k.net.Drop(peer.ID)
		default:
			delete(k.missing, peer.ID)
		}
	}
}

// borne is how long a peer may be silent, which depends on whether others speak.
func (k *Keeper) borne() time.Duration {
	for _, peer := range k.peers {
		if silence, connected := k.net.Connected(peer.ID); connected && silence <= silenceBorne {
			return silenceBorne
		}
	}
	return hushBorne
}

func (k *Keeper) dialIfDue(peer Peer, now time.Time) {
	since, known := k.missing[peer.ID]
	if !known {
		since = now
		k.missing[peer.ID] = now
	}
	if k.self > peer.ID && (now.Sub(since) < dialGrace || now.Sub(k.dialled[peer.ID]) < dialRest) {
		return
	}
	k.dialled[peer.ID] = now
	go func() {
		address, err := k.resolve(peer.ID, peer.Host)
		if err == nil {
			err = k.net.Dial(address)
		}
		if err != nil {
			k.logger.Debug("peer cannot be had yet", "peer", peer.Host, "err", err)
		}
	}()
}

func resolve(id p2p.ID, host string) (*p2p.NetAddress, error) {
	return p2p.NewNetAddressString(p2p.IDAddressString(id, host))
}

type switchNetwork struct{ *p2p.Switch }

func (s switchNetwork) Connected(id p2p.ID) (time.Duration, bool) {
	peer := s.Peers().Get(id)
	if peer == nil {
		return 0, false
	}
	return peer.Status().RecvMonitor.Idle, true
}

func (s switchNetwork) Dial(address *p2p.NetAddress) error {
	if s.IsDialingOrExistingAddress(address) {
		return nil
	}
	return s.DialPeerWithAddress(address)
}

func (s switchNetwork) Drop(id p2p.ID) {
	if peer := s.Peers().Get(id); peer != nil {
		s.StopPeerForError(peer, errors.New("silent"))
	}
}
