// Command altered is the reference chain's node around an application that is
// not as it should be. What is altered stands in the variable ALTERED:
//
//	generous   from the height in ALTERED_FROM on each block gives the first
//	           account one token too many: another state than everybody's
//	deaf       throws away what a block says of misbehaviour
//	credulous  accepts every proposal, whatever is in it
//
// With ALTERED_PLAIN=yes it is started as the SDK starts nodes, without the
// reference node's own answers to the kubelet and its end on a failure.
package main

import (
	"os"

	"github.com/cosmos/cosmos-sdk/server"
	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/app"
	"pytest-roadmap/reference-chain/command"
	"pytest-roadmap/reference-chain/node"
)

func main() {
	command.Run("The reference chain's node, altered", addCommands)
}

func addCommands(root *cobra.Command, _ app.Encoding, home string) {
	options := server.StartCmdOptions{}
	if os.Getenv("ALTERED_PLAIN") == "" {
		options = server.StartCmdOptions{AddFlags: node.AddFlags, StartCommandHandler: node.Start}
	}
	root.AddCommand(server.StartCmdWithOptions(newApplication, home, options))
}
