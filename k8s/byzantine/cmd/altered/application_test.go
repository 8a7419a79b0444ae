package main

import (
	"fmt"
	"testing"

	"cosmossdk.io/log"
	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/spf13/viper"
)

// altered is an application on an empty store.
func altered(t *testing.T, what, from string) (abci.ResponseProcessProposal_ProposalStatus, error) {
	t.Helper()
	t.Setenv("ALTERED", what)
	t.Setenv("ALTERED_FROM", from)
	options := viper.New()
	options.Set(server.FlagPruning, "default")
	options.Set(flags.FlagChainID, "roadmap-1")
	options.Set(flags.FlagHome, t.TempDir())
	app := newApplication(log.NewNopLogger(), dbm.NewMemDB(), nil, options)
	answer, err := app.ProcessProposal(&abci.RequestProcessProposal{Height: 1, Txs: [][]byte{[]byte("noise")}})
	if err != nil {
		return 0, err
	}
	return answer.Status, nil
}

func TestOnlyTheCredulousOneAcceptsNoise(t *testing.T) {
	if status, err := altered(t, "credulous", ""); err != nil || status != abci.ResponseProcessProposal_ACCEPT {
		t.Fatalf("%v, %v", status, err)
	}
	if status, err := altered(t, "generous", "5"); err != nil || status != abci.ResponseProcessProposal_REJECT {
		t.Fatalf("%v, %v", status, err)
	}
}

func TestWhatIsNotKnownIsNotStarted(t *testing.T) {
	defer func() {
		if said := fmt.Sprint(recover()); said != `ALTERED="helpful" is not known` {
			t.Fatal(said)
		}
	}()
	_, _ = altered(t, "helpful", "")
}
