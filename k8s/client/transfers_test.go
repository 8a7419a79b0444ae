package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cometbft/cometbft/crypto/secp256k1"
)

// As the reference target's own genesis has it, and BIP 173.
func TestAnAccountHasTheAddressThatItsChainGaveIt(t *testing.T) {
	got := newAccount("pytest-roadmap reference testnet", "road", 0).address
	if got != "road1n2z3u4ywxy3j3teldrvqr6zt3htksfmqlha5mm" {
		t.Fatalf("got %q", got)
	}
	if got := bech32("a", nil); got != "a12uel5l" {
		t.Fatalf("got %q", got)
	}
}

func TestASignedTransferIsWhatTheKeyHasSigned(t *testing.T) {
	from := newAccount("seed", "road", 1)
	from.number, from.sequence = 7, 3
	signed, err := from.signed(transfer{to: "road1to", amount: 5, denom: "uroad", memo: "m-5", chainID: "chain"})
	if err != nil {
		t.Fatal(err)
	}

	body, _, _ := field(signed, 1)
	auth, _, _ := field(signed, 2)
	signature, _, _ := field(signed, 3)
	document := part(1, body, part(2, auth, text(3, "chain", number(4, 7, nil))))
	if !from.key.PubKey().VerifySignature(document, signature) {
		t.Fatal("the signature is wrong")
	}
	if memo, _, _ := field(body, 2); string(memo) != "m-5" {
		t.Fatalf("the memo is %q", memo)
	}
	signer, _, _ := field(auth, 1)
	if _, sequence, _ := field(signer, 3); sequence != 3 {
		t.Fatalf("the sequence is %d", sequence)
	}
	key, _, _ := field(signer, 1)
	inner, _, _ := field(key, 2)
	if own, _, _ := field(inner, 1); string(own) != string(from.key.PubKey().(secp256k1.PubKey)) {
		t.Fatal("the key is another one")
	}
}

func TestAFieldIsFoundLeftOutOrBroken(t *testing.T) {
	message := number(1, 300, text(2, "two", number(4, 9, nil)))
	if _, value, err := field(message, 4); value != 9 || err != nil {
		t.Fatalf("got %d, %v", value, err)
	}
	if found, _, err := field(message, 3); found != nil || err != nil {
		t.Fatalf("got %q, %v", found, err)
	}
	for _, broken := range [][]byte{{0x0a}, {0x0a, 5, 1}, {0x0d, 1}, binary.AppendUvarint(nil, 1<<40)} {
		if _, _, err := field(broken, 3); err == nil {
			t.Fatalf("%x was read", broken)
		}
	}
}

// rpcNode answers as CometBFT's RPC does; its application refuses every third transfer.
type rpcNode struct{ asked, offered int }

func (n *rpcNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call struct {
		ID     json.RawMessage
		Method string
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var result string
	switch call.Method {
	case "abci_query":
		n.asked++
		info := part(1, text(1, "road1", number(3, 4, number(4, 11, nil))), nil)
		result = fmt.Sprintf(`{"response":{"value":%q}}`, base64.StdEncoding.EncodeToString(info))
	case "broadcast_tx_sync":
		n.offered++
		result = `{"code":0,"hash":""}`
		if n.offered%3 == 0 {
			result = `{"code":32,"log":"account sequence mismatch, expected 5, got 4","hash":""}`
		}
	}
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, call.ID, result)
}

func TestTransfersAreToldOneByOne(t *testing.T) {
	t.Setenv("ACCOUNT_SEED", "seed")
	chain := &rpcNode{}
	server := httptest.NewServer(chain)
	defer server.Close()

	found := done(t, "transfers", "--rpc", server.URL, "--chain-id", "c", "--denom", "d",
		"--prefix", "road", "--accounts", "2", "--rate", "100", "--count", "6", "--name", "probe")

	want(t, found[0], map[string]any{"receiver": newAccount("seed", "road", 2).address})
	want(t, found[1], map[string]any{"memo": "probe-1", "code": 0, "amount": 1})
	want(t, found[3], map[string]any{"memo": "probe-3", "code": 32})
	want(t, found[7], map[string]any{"summary": true, "requests": 6, "failed": 2})
	if chain.asked != 3 { // each account once, and one again after its refusal
		t.Errorf("the accounts were asked for %d times", chain.asked)
	}
	hashes := map[any]bool{}
	for _, line := range found[1:7] {
		hashes[line["hash"]] = true
	}
	if len(hashes) != 6 {
		t.Errorf("six transfers have the hashes %v", hashes)
	}
}

func TestATransferThatIsNotAnsweredHasNoCode(t *testing.T) {
	t.Setenv("ACCOUNT_SEED", "seed")
	found := done(t, "transfers", "--rpc", "http://127.0.0.1:1", "--chain-id", "c", "--denom", "d",
		"--prefix", "road", "--rate", "100", "--count", "1")
	if code, ok := found[1]["code"]; ok || found[1]["error"] == "" {
		t.Fatalf("code %v of %v", code, found[1])
	}
}
