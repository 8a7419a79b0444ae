package app

import (
	"errors"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// transfer is a transaction that is its own bytes; one that begins with "bad"
// has a wrong signature.
type transfer struct {
	sdk.FeeTx
	bytes string
	gas   uint64
}

func (t transfer) GetGas() uint64 { return t.gas }

type signatures struct{ gas uint64 }

func (s signatures) decode(bytes []byte) (sdk.Tx, error) {
	if string(bytes) == "noise" {
		return nil, errors.New("no transaction")
	}
	return transfer{bytes: string(bytes), gas: s.gas}, nil
}

func (s signatures) PrepareProposalVerifyTx(tx sdk.Tx) ([]byte, error) {
	_, err := s.ProcessProposalVerifyTx([]byte(tx.(transfer).bytes))
	return nil, err
}

func (s signatures) ProcessProposalVerifyTx(bytes []byte) (sdk.Tx, error) {
	if len(bytes) >= 3 && string(bytes[:3]) == "bad" {
		return nil, errors.New("wrong signature")
	}
	return s.decode(bytes)
}

func proposalsWith(gas uint64, maxGas int64) (proposals, sdk.Context) {
	s := signatures{gas: gas}
	params := cmtproto.ConsensusParams{Block: &cmtproto.BlockParams{MaxGas: maxGas}}
	return proposals{verifier: s, decode: s.decode}, sdk.Context{}.WithConsensusParams(params)
}

func list(txs ...string) (all [][]byte) {
	for _, tx := range txs {
		all = append(all, []byte(tx))
	}
	return all
}

func TestAProposalHoldsWhatEverybodyAccepts(t *testing.T) {
	p, ctx := proposalsWith(10, 25)
	made, err := p.prepare(ctx, &abci.RequestPrepareProposal{Txs: list("noise", "a", "bad", "b", "c"), MaxTxBytes: 100})
	if err != nil || len(made.Txs) != 2 || string(made.Txs[0]) != "a" || string(made.Txs[1]) != "b" {
		t.Fatalf("proposed %q, %v: wanted the two valid ones that the gas allows", made.Txs, err)
	}
	answer, _ := p.process(ctx, &abci.RequestProcessProposal{Txs: made.Txs})
	if answer.Status != abci.ResponseProcessProposal_ACCEPT {
		t.Fatal("an honest proposal was rejected")
	}
}

func TestAProposalIsBoundedInBytes(t *testing.T) {
	p, ctx := proposalsWith(1, -1)
	made, _ := p.prepare(ctx, &abci.RequestPrepareProposal{Txs: list("aaaa", "bbbb", "c"), MaxTxBytes: 5})
	if len(made.Txs) != 2 || string(made.Txs[1]) != "c" {
		t.Fatalf("proposed %q", made.Txs)
	}
}

func TestADishonestProposalIsRejected(t *testing.T) {
	p, ctx := proposalsWith(10, 25)
	for name, txs := range map[string][][]byte{
		"wrong signature": list("a", "bad"),
		"noise":           list("noise"),
		"too much gas":    list("a", "b", "c"),
	} {
		answer, err := p.process(ctx, &abci.RequestProcessProposal{Txs: txs})
		if err != nil || answer.Status != abci.ResponseProcessProposal_REJECT {
			t.Errorf("%s: %v, %v", name, answer.Status, err)
		}
	}
}
