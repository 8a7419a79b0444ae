// Package ballast is a module whose state has a size that the genesis names.
// Snapshots have chunks of 10 MB, and a young testnet has not one full chunk.
package ballast

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	storetypes "cosmossdk.io/store/types"
	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/grpc-ecosystem/grpc-gateway/runtime"
)

const (
	// Name is the module's name, and its store's.
	Name = "ballast"
	// pieceSize: a genesis of some megabytes must not make a tree of millions of nodes.
	pieceSize = 64 << 10
)

// Genesis says how many bytes there are, and what they are made from.
type Genesis struct {
	Bytes int64  `json:"bytes"`
	Seed  string `json:"seed"`
}

// JSON is how the genesis document has it.
func (g Genesis) JSON() json.RawMessage {
	content, err := json.Marshal(g)
	if err != nil {
		panic(err) // a number and a text
	}
	return content
}

// Module keeps the ballast, and does nothing else.
type Module struct{ key storetypes.StoreKey }

// NewModule makes the module on its store.
func NewModule(key storetypes.StoreKey) Module { return Module{key: key} }

// DefaultGenesis has no ballast.
func (Module) DefaultGenesis(codec.JSONCodec) json.RawMessage { return Genesis{}.JSON() }

// ValidateGenesis refuses what cannot be a size.
func (Module) ValidateGenesis(_ codec.JSONCodec, _ client.TxEncodingConfig, raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// InitGenesis fills the store. Every node makes the same bytes from the seed, so
// that the genesis document itself stays small; nothing compresses them.
func (m Module) InitGenesis(ctx sdk.Context, _ codec.JSONCodec, raw json.RawMessage) []abci.ValidatorUpdate {
	g, err := read(raw)
	if err != nil {
		panic(err)
	}
	store := ctx.KVStore(m.key)
	noise := rand.NewChaCha8(sha256.Sum256([]byte(g.Seed)))
	for left, number := g.Bytes, uint64(0); left > 0; left, number = left-pieceSize, number+1 {
		piece := make([]byte, min(left, pieceSize))
		_, _ = noise.Read(piece) // never fails
		store.Set(binary.BigEndian.AppendUint64(nil, number), piece)
	}
	return nil
}

// ExportGenesis tells the size; the seed is not kept.
func (m Module) ExportGenesis(ctx sdk.Context, _ codec.JSONCodec) json.RawMessage {
	g := Genesis{}
	pieces := ctx.KVStore(m.key).Iterator(nil, nil)
	defer pieces.Close()
	for ; pieces.Valid(); pieces.Next() {
		g.Bytes += int64(len(pieces.Value()))
	}
	return g.JSON()
}

func read(raw json.RawMessage) (g Genesis, err error) {
	if err = json.Unmarshal(raw, &g); err == nil && g.Bytes < 0 {
		err = fmt.Errorf("%d bytes of ballast cannot be", g.Bytes)
	}
	return g, err
}

// What every module has, and this one has no use for.

// Name is the module's name.
func (Module) Name() string { return Name }

// RegisterLegacyAminoCodec has no types to register.
func (Module) RegisterLegacyAminoCodec(*codec.LegacyAmino) {}

// RegisterInterfaces has no types to register.
func (Module) RegisterInterfaces(codectypes.InterfaceRegistry) {}

// RegisterGRPCGatewayRoutes has no routes.
func (Module) RegisterGRPCGatewayRoutes(client.Context, *runtime.ServeMux) {}

// ConsensusVersion of the store's layout.
func (Module) ConsensusVersion() uint64 { return 1 }

// IsOnePerModuleType says that there is one of its type.
func (Module) IsOnePerModuleType() {}

// IsAppModule says that it is a module.
func (Module) IsAppModule() {}
