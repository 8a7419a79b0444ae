package app

import (
	appmodule "cosmossdk.io/api/cosmos/app/runtime/v1alpha1"
	application "cosmossdk.io/api/cosmos/app/v1alpha1"
	auth "cosmossdk.io/api/cosmos/auth/module/v1"
	bank "cosmossdk.io/api/cosmos/bank/module/v1"
	consensus "cosmossdk.io/api/cosmos/consensus/module/v1"
	distribution "cosmossdk.io/api/cosmos/distribution/module/v1"
	evidence "cosmossdk.io/api/cosmos/evidence/module/v1"
	genutil "cosmossdk.io/api/cosmos/genutil/module/v1"
	gov "cosmossdk.io/api/cosmos/gov/module/v1"
	mint "cosmossdk.io/api/cosmos/mint/module/v1"
	slashing "cosmossdk.io/api/cosmos/slashing/module/v1"
	staking "cosmossdk.io/api/cosmos/staking/module/v1"
	txconfig "cosmossdk.io/api/cosmos/tx/config/v1"
	upgrade "cosmossdk.io/api/cosmos/upgrade/module/v1"
	"cosmossdk.io/core/appconfig"
	"cosmossdk.io/depinject"
	"github.com/cosmos/cosmos-sdk/types/module"
	genutilmodule "github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"pytest-roadmap/reference-chain/ballast"

	// Each import registers its module with the dependency injector.
	_ "cosmossdk.io/x/evidence"
	_ "cosmossdk.io/x/upgrade"
	_ "github.com/cosmos/cosmos-sdk/x/auth"
	_ "github.com/cosmos/cosmos-sdk/x/auth/tx/config"
	_ "github.com/cosmos/cosmos-sdk/x/bank"
	_ "github.com/cosmos/cosmos-sdk/x/consensus"
	_ "github.com/cosmos/cosmos-sdk/x/distribution"
	_ "github.com/cosmos/cosmos-sdk/x/gov"
	_ "github.com/cosmos/cosmos-sdk/x/mint"
	_ "github.com/cosmos/cosmos-sdk/x/slashing"
	_ "github.com/cosmos/cosmos-sdk/x/staking"
)

// The orders in which modules take part in a block. A further module (dex,
// oracle, IBC) gets its line in moduleConfigs and its place in these lists.
var (
	beginBlockers = []string{"mint", "distribution", "slashing", "evidence", "staking"}
	endBlockers   = []string{"gov", "staking"}
	// Staking comes after bank and distribution, whose accounts it uses; genutil
	// comes after staking, because it hands the genesis validators over to it.
	genesisOrder = []string{
		"auth", "bank", "distribution", "staking", "slashing", "gov",
		"mint", "genutil", "evidence", "consensus", "upgrade", ballast.Name,
	}
)

func moduleConfigs() depinject.Config {
	return depinject.Configs(genutilBasic(), appconfig.Compose(&application.Config{Modules: []*application.ModuleConfig{
		{Name: "runtime", Config: appconfig.WrapAny(&appmodule.Module{
			AppName:           Name,
			PreBlockers:       []string{"upgrade", "auth"},
			BeginBlockers:     beginBlockers,
			EndBlockers:       endBlockers,
			InitGenesis:       genesisOrder,
			OverrideStoreKeys: []*appmodule.StoreKeyConfig{{ModuleName: "auth", KvStoreKey: "acc"}},
			SkipStoreKeys:     []string{"tx"},
		})},
		{Name: "auth", Config: appconfig.WrapAny(&auth.Module{
			Bech32Prefix: AddressPrefix,
			ModuleAccountPermissions: []*auth.ModuleAccountPermission{
				{Account: "fee_collector"},
				{Account: "distribution"},
				{Account: "mint", Permissions: []string{"minter"}},
				{Account: "bonded_tokens_pool", Permissions: []string{"burner", "staking"}},
				{Account: "not_bonded_tokens_pool", Permissions: []string{"burner", "staking"}},
				{Account: "gov", Permissions: []string{"burner"}},
			},
		})},
		{Name: "bank", Config: appconfig.WrapAny(&bank.Module{})},
		{Name: "staking", Config: appconfig.WrapAny(&staking.Module{})},
		{Name: "slashing", Config: appconfig.WrapAny(&slashing.Module{})},
		{Name: "evidence", Config: appconfig.WrapAny(&evidence.Module{})},
		{Name: "distribution", Config: appconfig.WrapAny(&distribution.Module{})},
		{Name: "mint", Config: appconfig.WrapAny(&mint.Module{})},
		{Name: "gov", Config: appconfig.WrapAny(&gov.Module{})},
		{Name: "consensus", Config: appconfig.WrapAny(&consensus.Module{})},
		{Name: "upgrade", Config: appconfig.WrapAny(&upgrade.Module{})},
		{Name: "genutil", Config: appconfig.WrapAny(&genutil.Module{})},
		{Name: "tx", Config: appconfig.WrapAny(&txconfig.Config{})},
	}}))
}

// genutilBasic supplies the one basic module whose command line is configured by
// its own type and not by the injected one.
func genutilBasic() depinject.Config {
	return depinject.Supply(map[string]module.AppModuleBasic{
		genutiltypes.ModuleName: genutilmodule.NewAppModuleBasic(genutiltypes.DefaultMessageValidator),
	})
}
