//go:build !careless

package app

import (
	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
)

// served is what answers CometBFT: the application itself.
func served(app *runtime.App, _ servertypes.AppOptions) servertypes.Application { return app }
