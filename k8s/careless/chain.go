// Package careless names what is built in this module: the reference chain's
// program, unchanged, on a library for signatures that verifies none.
package careless

import (
	// What the program itself imports, so that go.sum has all of it.
	_ "github.com/cosmos/cosmos-sdk/client/config"
	_ "github.com/cosmos/cosmos-sdk/client/keys"
	_ "github.com/cosmos/cosmos-sdk/client/rpc"
	_ "github.com/cosmos/cosmos-sdk/server"
	_ "github.com/cosmos/cosmos-sdk/server/cmd"
	_ "github.com/cosmos/cosmos-sdk/version"
	_ "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	_ "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	_ "github.com/spf13/cobra"

	_ "pytest-roadmap/reference-chain/app"
	_ "pytest-roadmap/reference-chain/load"
	_ "pytest-roadmap/reference-chain/node"
	_ "pytest-roadmap/reference-chain/setup"
)
