package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
)

// resolution is the line for one question about one name.
type resolution struct {
	T          string      `json:"t"`
	Ms         float64     `json:"ms"`
	Name       string      `json:"name"`
	Addresses  []string    `json:"addresses"`
	Error      string      `json:"error,omitempty"`
	NodeID     string      `json:"node_id,omitempty"`
	Handshakes []handshake `json:"handshakes,omitempty"`
}

// handshake is who answered at an address.
type handshake struct {
	Address string `json:"address"`
	NodeID  string `json:"node_id,omitempty"`
	Error   string `json:"error,omitempty"`
}

// namesAsker asks for names and for who is behind them.
type namesAsker struct {
	names   []string
	port    int
	timeout time.Duration
	// lookup is the resolver's; it keeps nothing between two calls.
	lookup func(ctx context.Context, name string) ([]string, error)
}

func resolveNames(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("dns")
	var names list
	flags.Var(&names, "name", "a name; may be repeated, and all are asked at once")
	interval := flags.Duration("interval", time.Second, "between two questions")
	duration := flags.Duration("duration", 10*time.Minute, "end after this time")
	count := flags.Int("count", 0, "end after so many rounds; 0: no bound")
	port := flags.Int("p2p-port", 0, "read the node id behind each address at this port; 0: do not")
	timeout := flags.Duration("timeout", 2*time.Second, "of one question and of one handshake")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if len(names) == 0 || *interval <= 0 {
		return usageError{"dns: needs --name and an --interval above 0"}
	}
	resolver := &net.Resolver{PreferGo: true}
	asker := namesAsker{names: names, port: *port, timeout: *timeout, lookup: resolver.LookupHost}
	p := pace{rate: float64(time.Second) / float64(*interval), duration: *duration, count: *count}
	total, err := p.run(ctx, func(ctx context.Context, _ int) bool { return asker.round(ctx, out) })
	if err != nil {
		return err
	}
	return out.line(total)
}

// round asks for all names at once and says whether each was answered.
func (a *namesAsker) round(ctx context.Context, out *output) bool {
	answered := make([]bool, len(a.names))
	var group sync.WaitGroup
	for i, name := range a.names {
		group.Go(func() {
			result := a.ask(ctx, name)
			answered[i] = result.Error == ""
			_ = out.line(result) // the summary fails as well
		})
	}
	group.Wait()
	for _, ok := range answered {
		if !ok {
			return false
		}
	}
	return true
}

func (a *namesAsker) ask(ctx context.Context, name string) resolution {
	begun := time.Now()
	result := resolution{T: stamp(begun), Name: name, Addresses: []string{}}
	bounded, cancel := context.WithTimeout(ctx, a.timeout)
	addresses, err := a.lookup(bounded, name)
	cancel()
	result.Ms = milliseconds(begun)
	if err != nil {
		result.Error = denial(err)
		return result
	}
	result.Addresses = addresses
	if a.port == 0 {
		return result
	}
	for _, address := range addresses {
		result.Handshakes = append(result.Handshakes, meet(ctx, address, a.port, a.timeout))
	}
	if len(result.Handshakes) == 1 {
		result.NodeID = result.Handshakes[0].NodeID
	}
	return result
}

// denial names the kinds of refusal that a probe tells apart.
func denial(err error) string {
	var refusal *net.DNSError
	switch {
	case errors.As(err, &refusal) && refusal.IsNotFound:
		return "NXDOMAIN"
	case errors.As(err, &refusal) && refusal.IsTimeout:
		return "timeout"
	}
	return err.Error()
}

// meet makes the secret connection of CometBFT's P2P and reads the node id from it: the
// other side has proven to hold this key when the connection stands.
func meet(ctx context.Context, address string, port int, timeout time.Duration) handshake {
	result := handshake{Address: address}
	id, err := nodeID(ctx, net.JoinHostPort(address, strconv.Itoa(port)), timeout)
	if err != nil {
		result.Error = err.Error()
	}
	result.NodeID = id
	return result
}

func nodeID(ctx context.Context, address string, timeout time.Duration) (string, error) {
	dialer := net.Dialer{Timeout: timeout}
	raw, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(timeout)); err != nil {
		return "", err
	}
	secret, err := conn.MakeSecretConnection(raw, ed25519.GenPrivKey())
	if err != nil {
		return "", fmt.Errorf("no P2P handshake with %s: %w", address, err)
	}
	return string(p2p.PubKeyToID(secret.RemotePubKey())), nil
}
