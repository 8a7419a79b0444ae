package ballast

import (
	"testing"

	storetypes "cosmossdk.io/store/types"
	"github.com/cosmos/cosmos-sdk/testutil"
)

func TestTheGenesisAsksForItsBytes(t *testing.T) {
	key := storetypes.NewKVStoreKey(Name)
	ctx := testutil.DefaultContext(key, storetypes.NewTransientStoreKey("transient"))
	m := NewModule(key)
	m.InitGenesis(ctx, nil, Genesis{Bytes: 2*pieceSize + 5, Seed: "x"}.JSON())
	found, err := read(m.ExportGenesis(ctx, nil))
	if err != nil || found.Bytes != 2*pieceSize+5 {
		t.Fatalf("found %d bytes, %v", found.Bytes, err)
	}
}

func TestLessThanNothingIsRefused(t *testing.T) {
	if err := NewModule(nil).ValidateGenesis(nil, nil, []byte(`{"bytes":-1}`)); err == nil {
		t.Fatal("accepted")
	}
}
