package node

import (
	"strings"

	"cosmossdk.io/log"
)

// failures begin the lines that CometBFT logs when its consensus machine has
// panicked, or when a restore has ended in vain. It then does nothing more and
// lets the process live on.
var failures = []string{
	"CONSENSUS FAILURE!!!",
	"State sync failed",
	"Failed to bootstrap node with new state",
	"Failed to store last seen commit",
	"Failed to switch to block sync",
}

// failureLogger passes everything on and reports a failure once, so that the
// process ends and its supervisor gets to know of it.
type failureLogger struct {
	log.Logger
	failed chan<- string
}

// Error passes the line on and reports it if it tells of a failure.
func (l failureLogger) Error(msg string, keyVals ...any) {
	l.Logger.Error(msg, keyVals...)
	for _, failure := range failures {
		if strings.HasPrefix(msg, failure) {
			select {
			case l.failed <- msg:
			default:
			}
		}
	}
}

// With keeps the watch on the loggers that are made from this one.
func (l failureLogger) With(keyVals ...any) log.Logger {
	return failureLogger{Logger: l.Logger.With(keyVals...), failed: l.failed}
}
