package node

import (
	"testing"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
)

func TestTheNodesOwnTimeoutsApply(t *testing.T) {
	config := cmtcfg.DefaultP2PConfig()
	config.DialTimeout, config.HandshakeTimeout = 4*time.Second, 10*time.Second
	key := p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}
	transport := p2p.NewMultiplexTransport(p2p.DefaultNodeInfo{}, key, conn.DefaultMConnConfig())
	sw := p2p.NewSwitch(config, transport)
	if err := applyTimeouts(sw, config); err != nil {
		t.Fatal(err)
	}
	for name, wanted := range map[string]time.Duration{"dialTimeout": 4 * time.Second, "handshakeTimeout": 10 * time.Second} {
		found, err := transportField(sw, name)
		if err != nil || *found != wanted {
			t.Errorf("%s is %v, wanted %s (%v)", name, found, wanted, err)
		}
	}
}

func TestATimeoutThatIsNotThereIsTold(t *testing.T) {
	key := p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}
	sw := p2p.NewSwitch(cmtcfg.DefaultP2PConfig(), p2p.NewMultiplexTransport(p2p.DefaultNodeInfo{}, key, conn.DefaultMConnConfig()))
	if _, err := transportField(sw, "patience"); err == nil {
		t.Fatal("found")
	}
}
