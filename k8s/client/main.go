// Command roadmap-client is what probes run inside the cluster: clients of a chain,
// readers of names, writers of volumes and eaters of memory.  It writes one JSON object
// per line, the last one a summary, and ends by itself or at SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// command runs one subcommand until its context ends or its work is done.
type command func(ctx context.Context, out *output, arguments []string) error

var commands = map[string]command{
	"http":         requestHTTP,
	"grpc":         requestGRPC,
	"mixed":        requestMixed,
	"flood":        flood,
	"transfers":    sendTransfers,
	"burst":        sendBurst,
	"crash-points": crashAtPoints,
	"copy-self":    copySelf,
	"dns":          resolveNames,
	"hold-memory":  holdMemory,
	"fallocate":    allocate,
	"write":        writeFile,
	"sha256":       hashFile,
	"statfs":       statFileSystem,
	"wait":         wait,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "roadmap-client:", err)
		os.Exit(exitCode(err))
	}
}

// run runs a subcommand with its output to `to`.
func run(ctx context.Context, to io.Writer, arguments []string) error {
	names := strings.Join(slices.Sorted(maps.Keys(commands)), ", ")
	if len(arguments) == 0 {
		return usageError{"no subcommand; there are: " + names}
	}
	chosen, ok := commands[arguments[0]]
	if !ok {
		return usageError{fmt.Sprintf("no subcommand %q; there are: %s", arguments[0], names)}
	}
	return chosen(ctx, &output{to: to}, arguments[1:])
}

// usageError is a mistake in the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// exitCode follows the shell: 2 is a wrong command line, 1 a failure.
func exitCode(err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

// parse reads a subcommand's flags and refuses what is left over.
func parse(flags *flag.FlagSet, arguments []string) error {
	if err := flags.Parse(arguments); err != nil {
		return usageError{err.Error()}
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Sprintf("%s: %q is no flag", flags.Name(), flags.Arg(0))}
	}
	return nil
}

// newFlags returns the flags of a subcommand; mistakes become errors.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	return flags
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// wait does nothing until it is told to end: a pod that is there.
func wait(ctx context.Context, _ *output, arguments []string) error {
	if err := parse(newFlags("wait"), arguments); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
