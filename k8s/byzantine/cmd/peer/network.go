package main

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	cmtcons "github.com/cometbft/cometbft/proto/tendermint/consensus"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	"github.com/cosmos/gogoproto/proto"
)

const (
	redialEvery    = time.Second
	largestMessage = 1 << 20
)

// node is an honest node: its name, its id, and where it is.
type node struct {
	name string // of its pod: the first label of its host
	id   p2p.ID
	host string // host:port of its P2P
}

// parseNodes reads "id@host:port,id@host:port".
func parseNodes(list string) ([]node, error) {
	var nodes []node
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \n", r) }) {
		id, host, found := strings.Cut(entry, "@")
		if _, _, err := net.SplitHostPort(host); !found || err != nil {
			return nil, fmt.Errorf("node %q is not of the form id@host:port", entry)
		}
		name, _, _ := strings.Cut(host, ".")
		nodes = append(nodes, node{name: name, id: p2p.ID(id), host: host})
	}
	return nodes, nil
}

// place is where a node says that it is in the consensus.
type place struct {
	height int64
	round  int32
}

// beyond tells whether a place comes after another one.
func (p place) beyond(other place) bool {
	return p.height > other.height || p.height == other.height && p.round > other.round
}

// network is the peer's connections, by CometBFT's own switch.
type network struct {
	nodes []node
	sw    *p2p.Switch
	hear  func(from string, msg consensus.Message)

	mu     sync.Mutex
	places map[string]place
}

// newNetwork connects under a fresh node key; hear gets what honest nodes say.
func newNetwork(chainID string, nodes []node, hear func(string, consensus.Message)) (*network, p2p.ID, error) {
	n := &network{nodes: nodes, hear: hear, places: map[string]place{}}
	key := p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}
	settings := config.DefaultP2PConfig()
	settings.AllowDuplicateIP, settings.PexReactor = true, false
	settings.FlushThrottleTimeout = 5 * time.Millisecond
	settings.HandshakeTimeout, settings.DialTimeout = 5*time.Second, 2*time.Second
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0),
		DefaultNodeID:   key.ID(), ListenAddr: "tcp://0.0.0.0:26656", Network: chainID,
		Version: version.TMCoreSemVer, Moniker: "byzantine",
		Channels: []byte{
			consensus.StateChannel, consensus.DataChannel, consensus.VoteChannel, consensus.VoteSetBitsChannel,
		},
		Other: p2p.DefaultNodeInfoOther{TxIndex: "off"},
	}
	transport := p2p.NewMultiplexTransport(info, key, p2p.MConnConfig(settings))
	n.sw = p2p.NewSwitch(settings, transport)
	n.sw.SetLogger(log.NewNopLogger())
	n.sw.SetNodeInfo(info)
	n.sw.SetNodeKey(&key)
	n.sw.AddReactor("CONSENSUS", newListener(n))
	if err := n.sw.Start(); err != nil {
		return nil, "", err
	}
	go n.keep()
	return n, key.ID(), nil
}

// keep dials the nodes that are not connected, again and again.
func (n *network) keep() {
	for ; n.sw.IsRunning(); time.Sleep(redialEvery) {
		for _, node := range n.nodes {
			if n.sw.Peers().Has(node.id) {
				continue
			}
			go func() {
				address, err := p2p.NewNetAddressString(p2p.IDAddressString(node.id, node.host))
				if err == nil && !n.sw.IsDialingOrExistingAddress(address) {
					_ = n.sw.DialPeerWithAddress(address)
				}
			}()
		}
	}
}

// send writes a message to the named nodes (to all without names); it returns
// to how many.
func (n *network) send(to []string, channel byte, msg proto.Message) int {
	sent := 0
	for _, node := range n.nodes {
		if len(to) > 0 && !contains(to, node.name) {
			continue
		}
		if peer := n.sw.Peers().Get(node.id); peer != nil && peer.Send(p2p.Envelope{ChannelID: channel, Message: msg}) {
			sent++
		}
	}
	return sent
}

func (n *network) sendVote(to []string, vote *types.Vote) int {
	return n.send(to, consensus.VoteChannel, &cmtcons.Vote{Vote: vote.ToProto()})
}

func (n *network) sendProposal(to []string, proposal *types.Proposal) int {
	return n.send(to, consensus.DataChannel, &cmtcons.Proposal{Proposal: *proposal.ToProto()})
}

func (n *network) sendParts(to []string, proposal *types.Proposal, parts *types.PartSet) error {
	for i := 0; i < int(parts.Total()); i++ {
		part, err := parts.GetPart(i).ToProto()
		if err != nil {
			return err
		}
		n.send(to, consensus.DataChannel, &cmtcons.BlockPart{Height: proposal.Height, Round: proposal.Round, Part: *part})
	}
	return nil
}

// pretend tells every node that this peer is at a height and round, so that they
// send it what they have.
func (n *network) pretend(at place) {
	n.send(nil, consensus.StateChannel, &cmtcons.NewRoundStep{
		Height: at.height, Round: at.round, Step: 3, LastCommitRound: 0,
	})
}

// connected returns the names of the nodes that are connected.
func (n *network) connected() []string {
	names := []string{}
	for _, node := range n.nodes {
		if n.sw.Peers().Has(node.id) {
			names = append(names, node.name)
		}
	}
	return names
}

// placeOf returns where a node has said that it is.
func (n *network) placeOf(name string) place {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.places[name]
}

func (n *network) nameOf(id p2p.ID) string {
	for _, node := range n.nodes {
		if node.id == id {
			return node.name
		}
	}
	return string(id)
}

// listener is the reactor that hears the nodes' consensus and says nothing.
type listener struct {
	p2p.BaseReactor
	network *network
}

func newListener(n *network) *listener {
	l := &listener{network: n}
	l.BaseReactor = *p2p.NewBaseReactor("Listener", l)
	return l
}

// GetChannels names the channels of CometBFT's consensus.
func (l *listener) GetChannels() []*p2p.ChannelDescriptor {
	channels := make([]*p2p.ChannelDescriptor, 0, 4)
	for _, id := range []byte{
		consensus.StateChannel, consensus.DataChannel, consensus.VoteChannel, consensus.VoteSetBitsChannel,
	} {
		channels = append(channels, &conn.ChannelDescriptor{
			ID: id, Priority: 5, SendQueueCapacity: 400, RecvBufferCapacity: 50 * 4096,
			RecvMessageCapacity: largestMessage, MessageType: &cmtcons.Message{},
		})
	}
	return channels
}

// Receive notes where the node is and passes on what it says.
func (l *listener) Receive(e p2p.Envelope) {
	msg, err := consensus.MsgFromProto(e.Message)
	if err != nil {
		return
	}
	name := l.network.nameOf(e.Src.ID())
	if step, ok := msg.(*consensus.NewRoundStepMessage); ok {
		l.network.mu.Lock()
		l.network.places[name] = place{height: step.Height, round: step.Round}
		l.network.mu.Unlock()
	}
	l.network.hear(name, msg)
}

func contains(list []string, name string) bool {
	for _, entry := range list {
		if entry == name {
			return true
		}
	}
	return false
}
