package cli

import (
	"errors"
	"fmt"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// The exit codes; exitCodes tells users of them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitKey         = 3
	exitUnavailable = 4
	exitIncomplete  = 5
	exitExceeded    = 6
	exitInterrupted = 130
)

const exitCodes = `  0    done
  1    failed
  2    wrong usage
  3    the key is missing, refused, or not an ADMIN key
  4    Venice, or the ledger's server, is unavailable, timed out or limits the rate: try again later
  5    the answer is incomplete: the books lack a part of what was asked for
  6    a budget is exceeded
  130  interrupted (what was printed stays)
`

// A usageError is a command line that cannot be carried out.
type usageError struct {
	msg  string
	hint string // what to do instead
}

func (e *usageError) Error() string { return e.msg + "; " + e.hint }

// wrongUsage turns what the flag parser says into a usageError of the command.
func wrongUsage(err error, command string) error {
	return &usageError{msg: err.Error(), hint: fmt.Sprintf("see '%s --help'", command)}
}

// categories gives each kind of failure its exit code and its name in JSON. The
// first that matches counts: a refused cursor is also an invalid request.
var categories = []struct {
	is   error
	code int
	name string
}{
	{venice.ErrAuthentication, exitKey, "authentication"},
	{venice.ErrPermissionDenied, exitKey, "permission"},
	{venice.ErrCursor, exitUnavailable, "cursor"},
	{venice.ErrTimeout, exitUnavailable, "timeout"},
	{venice.ErrConnection, exitUnavailable, "connection"},
	{venice.ErrRateLimit, exitUnavailable, "rate-limit"},
	{venice.ErrServer, exitUnavailable, "server"},
	{venice.ErrGone, exitUnavailable, "gone"},
	{venice.ErrInvalidRequest, exitFailed, "invalid-request"},
	{errExceeded, exitExceeded, "exceeded"},
	{errIncomplete, exitIncomplete, "incomplete"},
	{ledger.ErrNoLedger, exitIncomplete, "incomplete"},
	{ledger.ErrBusy, exitFailed, "busy"},
	{ledger.ErrUnreachable, exitUnavailable, "unreachable"},
}

// classify gives the exit code of an error and its name in JSON.
func classify(err error) (code int, category string) {
	var usage *usageError
	var param *venice.ParamError
	if errors.As(err, &usage) || errors.As(err, &param) {
		return exitUsage, "usage"
	}
	for _, c := range categories {
		if errors.Is(err, c.is) {
			return c.code, c.name
		}
	}
	return exitFailed, "failed"
}
