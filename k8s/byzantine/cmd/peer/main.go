// Command peer is a node without an application that keeps to CometBFT's
// protocol among honest nodes and breaks its promises when it is told to: it
// forges votes, proposes what is not valid, shows two blocks, withholds votes.
// Between its acts it can stand in for the validator as an honest one.
//
// It is steered by GET requests; each answers when it is done:
//
//	/act/forge?heights=10
//	/act/propose?app_hash=wrong            or  ?tx=HEX
//	/act/relay?one=a,b&other=c             (goes on; without names it ends)
//	/act/split?one=a,b&other=c&tx=HEX&other_tx=HEX
//	/act/stand-in, /act/withhold            (go on; /act/stop ends them)
//	/status
//
// What it has done is told in JSON lines on standard output as well.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	list := flag.String("nodes", "", "the honest nodes, id@host:port")
	keyFile := flag.String("key", "", "priv_validator_key.json of the validator that it stands in for")
	port := flag.Int("rpc-port", 26657, "port of the nodes' RPC")
	address := flag.String("listen", ":8080", "address for commands")
	flag.Parse()

	key, err := readKey(*keyFile)
	if err != nil {
		return err
	}
	p := newPeer(key, os.Stdout)
	nodes, err := parseNodes(*list)
	if err != nil || len(nodes) == 0 {
		return errors.Join(err, errors.New("the nodes must be named"))
	}
	for _, n := range nodes {
		r, err := newRPC(n, *port)
		if err != nil {
			return err
		}
		p.rpcs = append(p.rpcs, r)
	}
	if p.chainID, err = p.askChainID(); err != nil {
		return err
	}
	network, id, err := newNetwork(p.chainID, nodes, p.hear)
	if err != nil {
		return err
	}
	p.network = network
	go p.follow()
	p.out.write(line{"event": "begun", "node_id": string(id), "address": p.address().String()})
	return serve(*address, p, string(id))
}

// readKey reads a validator's key.
func readKey(file string) (ed25519.PrivKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found privval.FilePVKey
	if err := cmtjson.Unmarshal(content, &found); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, ok := found.PrivKey.(ed25519.PrivKey)
	if !ok {
		return nil, fmt.Errorf("%s: no ed25519 key", file)
	}
	return key, nil
}

// askChainID asks until a node answers.
func (p *peer) askChainID() (id string, err error) {
	for end := time.Now().Add(turnTime); time.Now().Before(end); time.Sleep(redialEvery) {
		for _, r := range p.rpcs {
			if id, err = r.chainID(); err == nil {
				return id, nil
			}
		}
	}
	return "", err
}

// serve answers commands.
func serve(address string, p *peer, id string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) {
		at := p.highest()
		answer(w, line{
			"node_id": id, "address": p.address().String(), "connected": p.network.connected(),
			"height": at.height, "round": at.round, "counts": p.tally(),
		}, nil)
	})
	mux.HandleFunc("/act/forge", p.acting("forge", func(r *http.Request) (line, error) {
		heights, err := strconv.ParseInt(r.FormValue("heights"), 10, 64)
		if err != nil {
			return nil, err
		}
		return p.forge(heights)
	}))
	mux.HandleFunc("/act/propose", p.acting("propose", func(r *http.Request) (line, error) {
		txs, err := transactions(r.FormValue("tx"))
		if err != nil {
			return nil, err
		}
		return p.propose(txs, r.FormValue("app_hash") == "wrong")
	}))
	mux.HandleFunc("/act/relay", p.acting("relay", func(r *http.Request) (line, error) {
		return p.relayBetween(names(r.FormValue("one")), names(r.FormValue("other"))), nil
	}))
	mux.HandleFunc("/act/split", p.acting("split", func(r *http.Request) (line, error) {
		txs, err := transactions(r.FormValue("tx"))
		otherTxs, otherErr := transactions(r.FormValue("other_tx"))
		if err := errors.Join(err, otherErr); err != nil {
			return nil, err
		}
		return p.split(
			side{to: names(r.FormValue("one")), txs: txs},
			side{to: names(r.FormValue("other")), txs: otherTxs},
		)
	}))
	for name, m := range map[string]mode{"stand-in": standIn, "withhold": withhold, "stop": idle} {
		mux.HandleFunc("/act/"+name, p.acting(name, func(*http.Request) (line, error) { return p.become(m), nil }))
	}
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// acting answers with what an act has done, and tells it.
func (p *peer) acting(name string, do func(*http.Request) (line, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		told, err := do(r)
		p.tell(name, told, err)
		answer(w, told, err)
	}
}

// tally is what it has done as an honest validator.
func (p *peer) tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[string]int{}
	for name, count := range p.counts {
		found[name] = count
	}
	return found
}

func (p *peer) tell(act string, told line, err error) {
	content := line{"act": act}
	for key, value := range told {
		content[key] = value
	}
	if err != nil {
		content["error"] = err.Error()
	}
	p.out.write(content)
}

// answer writes what was done as JSON.
func answer(w http.ResponseWriter, told line, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(told)
}

// names reads entries that are separated by commas.
func names(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// transactions reads transactions in hexadecimal, separated by commas.
func transactions(text string) (txs types.Txs, err error) {
	for _, entry := range names(text) {
		tx, err := hex.DecodeString(entry)
		if err != nil {
			return nil, err
		}
		txs = append(txs, tx)
	}
	return txs, nil
}
