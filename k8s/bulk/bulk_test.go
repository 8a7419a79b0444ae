package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cosmos/cosmos-sdk/types/tx"
)

func TestATransferIsAsLargeAsAskedAndWellSigned(t *testing.T) {
	from := newAccount("seed", 3, "road")
	from.number, from.sequence = 7, 9
	encoded, err := form{chain: "c", denom: "uroad", size: 20_000}.transfer(from, 42)
	if err != nil {
		t.Fatal(err)
	}
	if len(encoded) < 20_000 || len(encoded) > 20_020 {
		t.Fatalf("it has %d bytes", len(encoded))
	}
	var raw tx.TxRaw
	var body tx.TxBody
	if err := errors.Join(raw.Unmarshal(encoded), body.Unmarshal(raw.BodyBytes)); err != nil {
		t.Fatal(err)
	}
	if body.TimeoutHeight != 42 || len(body.Messages) != 1 {
		t.Fatalf("got %+v", body)
	}
	document, err := (&tx.SignDoc{BodyBytes: raw.BodyBytes, AuthInfoBytes: raw.AuthInfoBytes, ChainId: "c", AccountNumber: 7}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if !from.key.PubKey().VerifySignature(document, raw.Signatures[0]) {
		t.Fatal("the signature is wrong")
	}
}

// fakeNode takes transfers until it is full.
type fakeNode struct {
	mutex sync.Mutex
	taken int
	room  int
	wrong int // sequence mismatches to answer with at first
}

func (n *fakeNode) height(context.Context) (int64, error)     { return 5, nil }
func (n *fakeNode) learn(_ context.Context, a *account) error { a.known = true; return nil }
func (n *fakeNode) offer(_ context.Context, bytes []byte) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.wrong > 0 {
		n.wrong--
		return errors.New("code 32: account sequence mismatch, expected 12, got 0: incorrect account sequence")
	}
	if n.taken >= n.room {
		return errors.New("mempool is full: number of txs 3 (max: 3)")
	}
	n.taken++
	return nil
}

func lastOf(t *testing.T, p plan, n node, accounts []*account) line {
	t.Helper()
	var out bytes.Buffer
	if err := send(t.Context(), p, accounts, form{chain: "c", denom: "uroad", size: p.size}, n, &out); err != nil {
		t.Fatal(err)
	}
	var last line
	for decoder := json.NewDecoder(&out); decoder.More(); {
		if err := decoder.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

func TestItStopsWhenTheMempoolHasRefusedOftenEnough(t *testing.T) {
	accounts := []*account{newAccount("seed", 0, "road"), newAccount("seed", 1, "road")}
	last := lastOf(t, plan{size: 500, workers: 1, refusals: 10, duration: time.Minute}, &fakeNode{room: 30}, accounts)
	if !last.Final || last.Taken != 30 || last.Refused != 10 || last.Failed != 0 {
		t.Fatalf("got %+v", last)
	}
	if accounts[0].sequence+accounts[1].sequence != 30 {
		t.Fatal("a refused transfer has used up a sequence")
	}
}

func TestItStopsAfterSoManyBytes(t *testing.T) {
	last := lastOf(t, plan{size: 500, workers: 1, most: 5000, duration: time.Minute}, &fakeNode{room: 1000}, []*account{newAccount("seed", 0, "road")})
	if last.Taken != 10 || last.Bytes != 5000 {
		t.Fatalf("got %+v", last)
	}
}

func TestItKeepsItsRateAndTakesOverTheExpectedSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := newAccount("seed", 0, "road")
		last := lastOf(t, plan{size: 500, workers: 1, rate: 10, duration: 5 * time.Second}, &fakeNode{room: 1000, wrong: 1}, []*account{one})
		if last.Sent < 45 || last.Sent > 50 || last.Failed != 1 {
			t.Fatalf("got %+v", last)
		}
		if one.sequence != 12+uint64(last.Taken) {
			t.Fatalf("the sequence is %d after %d transfers", one.sequence, last.Taken)
		}
	})
}
