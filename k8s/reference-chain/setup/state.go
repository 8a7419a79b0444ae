package setup

import (
	"encoding/json"
	"fmt"
	"time"

	"cosmossdk.io/math"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"pytest-roadmap/reference-chain/ballast"
)

const (
	stake      = 1_000_000_000   // each validator's own
	funds      = 100_000_000_000 // each account's
	maxGas     = 40_000_000
	maxBytes   = 1 << 18 // what a round can carry under load on half a core
	votingTime = time.Minute
)

// Encoding is what the genesis is written with.
type Encoding struct {
	Codec    codec.Codec
	Modules  module.BasicManager
	Denom    string
	TxConfig client.TxConfig
}

// AccountKey is the key of the testnet's nth account.
func AccountKey(seed string, n int) *secp256k1.PrivKey {
	return secp256k1.GenPrivKeyFromSecret([]byte(fmt.Sprintf("%s/account/%d", seed, n)))
}

// genesis writes the state from which every node of the testnet begins.
func (t Testnet) genesis(validators []identity, encoding Encoding) ([]byte, error) {
	state := encoding.Modules.DefaultGenesis(encoding.Codec)
	set := func(name string, value codec.ProtoMarshaler) { state[name] = encoding.Codec.MustMarshalJSON(value) }

	addresses := make([]sdk.AccAddress, t.Accounts)
	for i := range addresses {
		addresses[i] = sdk.AccAddress(AccountKey(t.Seed, i).PubKey().Address())
	}
	staking, err := stakes(validators, addresses, encoding.Denom)
	if err != nil {
		return nil, err
	}
	set(stakingtypes.ModuleName, staking)
	set(authtypes.ModuleName, accounts(addresses))
	set(banktypes.ModuleName, balances(addresses, len(validators), encoding.Denom))
	set(govtypes.ModuleName, governance(encoding.Denom))
	set(slashingtypes.ModuleName, slashing())
	if t.Ballast > 0 {
		state[ballast.Name] = ballast.Genesis{Bytes: t.Ballast, Seed: t.Seed}.JSON()
	}

	appState, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	doc := genutiltypes.AppGenesis{
		AppName: "roadmapd", ChainID: t.ChainID, GenesisTime: t.Genesis.UTC(), InitialHeight: 1,
		AppState:  appState,
		Consensus: &genutiltypes.ConsensusGenesis{Validators: voters(validators), Params: consensusParams()},
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, err
	}
	if err := encoding.Modules.ValidateGenesis(encoding.Codec, encoding.TxConfig, state); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

// stakes makes the first accounts operators of the validators.
func stakes(validators []identity, addresses []sdk.AccAddress, denom string) (*stakingtypes.GenesisState, error) {
	state := stakingtypes.DefaultGenesisState()
	state.Params.BondDenom = denom
	for i, id := range validators {
		key, err := cryptocodec.FromCmtPubKeyInterface(id.consensus.PubKey())
		if err != nil {
			return nil, err
		}
		operator := sdk.ValAddress(addresses[i]).String()
		validator, err := stakingtypes.NewValidator(operator, key, stakingtypes.Description{Moniker: id.name})
		if err != nil {
			return nil, err
		}
		// The module bonds them at genesis itself, so that all its hooks run.
		validator.Tokens = math.NewInt(stake)
		validator.DelegatorShares = math.LegacyNewDec(stake)
		state.Validators = append(state.Validators, validator)
		state.Delegations = append(state.Delegations,
			stakingtypes.NewDelegation(addresses[i].String(), operator, math.LegacyNewDec(stake)))
	}
	return state, nil
}

func accounts(addresses []sdk.AccAddress) *authtypes.GenesisState {
	all := make(authtypes.GenesisAccounts, len(addresses))
	for i, address := range addresses {
		all[i] = authtypes.NewBaseAccount(address, nil, uint64(i), 0)
	}
	return authtypes.NewGenesisState(authtypes.DefaultParams(), all)
}

func balances(addresses []sdk.AccAddress, validators int, denom string) *banktypes.GenesisState {
	state := banktypes.DefaultGenesisState()
	give := func(address sdk.AccAddress, amount int64) {
		coins := sdk.NewCoins(sdk.NewInt64Coin(denom, amount))
		state.Balances = append(state.Balances, banktypes.Balance{Address: address.String(), Coins: coins})
		state.Supply = state.Supply.Add(coins...)
	}
	for _, address := range addresses {
		give(address, funds)
	}
	give(authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName), stake*int64(validators))
	state.Balances = banktypes.SanitizeGenesisBalances(state.Balances)
	return state
}

// governance decides within a minute, because a test cannot wait two days.
func governance(denom string) *govv1.GenesisState {
	state := govv1.DefaultGenesisState()
	voting, expedited := votingTime, votingTime/2
	state.Params.VotingPeriod, state.Params.ExpeditedVotingPeriod = &voting, &expedited
	state.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(denom, 1_000_000))
	state.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(denom, 5_000_000))
	return state
}

// slashing bears long absences: tests take validators away on purpose.
func slashing() *slashingtypes.GenesisState {
	state := slashingtypes.DefaultGenesisState()
	state.Params.SignedBlocksWindow = 2000
	state.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(5, 2)
	return state
}

func voters(validators []identity) []cmttypes.GenesisValidator {
	all := make([]cmttypes.GenesisValidator, len(validators))
	for i, id := range validators {
		key := id.consensus.PubKey()
		all[i] = cmttypes.GenesisValidator{
			Address: key.Address(), PubKey: key, Name: id.name,
			Power: sdk.TokensToConsensusPower(math.NewInt(stake), sdk.DefaultPowerReduction),
		}
	}
	return all
}

func consensusParams() *cmttypes.ConsensusParams {
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes, params.Block.MaxGas = maxBytes, maxGas
	params.Evidence.MaxBytes = maxBytes // CometBFT takes no more than a whole block
	return params
}
