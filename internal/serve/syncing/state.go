// Package syncing keeps the books fresh while they are served.
package syncing

import "time"

// A State is how the rounds of syncs went that this process made.
type State struct {
	// Every is the time between two rounds; 0 where this process makes none.
	Every time.Duration
	// Running says that a round is under way.
	Running bool
	// Began and Ended are of the last round, Succeeded is the end of the last one
	// without failure; zero for none.
	Began, Ended, Succeeded time.Time
	// Failure says why the last round failed; "" if it did not.
	Failure string
	// Rounds and Failures count since the start.
	Rounds, Failures int64
}
