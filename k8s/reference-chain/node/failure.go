package node

import (
	"strings"

	"cosmossdk.io/log"
)

// consensusFailure begins the line that CometBFT logs when its consensus
// machine has panicked. It then stops deciding and lets the process live on.
const consensusFailure = "CONSENSUS FAILURE!!!"

// failureLogger passes everything on and reports a consensus failure once, so
// that the process ends and its supervisor gets to know of it.
type failureLogger struct {
	log.Logger
	failed chan<- string
}

// Error passes the line on and reports it if it tells of a consensus failure.
func (l failureLogger) Error(msg string, keyVals ...any) {
	l.Logger.Error(msg, keyVals...)
	if strings.HasPrefix(msg, consensusFailure) {
		select {
		case l.failed <- msg:
		default:
		}
	}
}

// With keeps the watch on the loggers that are made from this one.
func (l failureLogger) With(keyVals ...any) log.Logger {
	return failureLogger{Logger: l.Logger.With(keyVals...), failed: l.failed}
}
