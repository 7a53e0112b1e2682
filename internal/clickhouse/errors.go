package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// Codes of ClickHouse's errors.
const (
	unknownTable    = 60
	unknownDatabase = 81
	tooSlow         = 159
	readOnly        = 164
	outOfMemory     = 241
	queryCancelled  = 394
	accessDenied    = 497
	violated        = 469 // a constraint
	unsatisfied     = 286 // a quorum's insert is under way
)

// Of an unknown user, a wrong password, and either of them.
var refused = []int32{192, 193, 194, 516}

// ErrRefused: the server does not know the user, or the password is wrong.
var ErrRefused = errors.New("ClickHouse refuses the user or the password")

// is says whether an error is the server's, with this code.
func is(err error, code int32) bool {
	fault, ok := errors.AsType[*clickhouse.Exception](err)
	return ok && fault.Code == code
}

// explain gives an error of the driver the meaning that it has for a ledger.
func (p place) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil { // the query was cancelled
		return ctx.Err()
	}
	// The driver's own clock for the connection may strike just before the context's.
	if deadline, ok := ctx.Deadline(); ok && errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	fault, ofServer := errors.AsType[*clickhouse.Exception](err)
	_, ofNetwork := errors.AsType[net.Error](err)
	ofNetwork = ofNetwork || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) // the server went away
	switch {
	case errors.Is(err, ledger.ErrNoLedger):
		return err
	case errors.Is(err, ledger.ErrNotLedger), errors.Is(err, ledger.ErrNewer):
		return fmt.Errorf("%s: %w", p, err)
	case ofServer && (fault.Code == unknownDatabase || fault.Code == unknownTable):
		return fmt.Errorf("%w at %s; run 'ducat sync'", ledger.ErrNoLedger, p)
	case ofServer && slices.Contains(refused, fault.Code):
		return fmt.Errorf("ledger %s: %w; see 'ducat help environment'", p, ErrRefused)
	case ofServer && fault.Code == readOnly, ofServer && fault.Code == accessDenied:
		return fmt.Errorf("ledger %s: the user may not do this; docs/scale.md says which rights it needs: %s", p, fault.Message)
	case ofServer && fault.Code == violated:
		return fmt.Errorf("ledger %s: writing the change down took more than a minute, again and again; read smaller windows, and see that the clocks of the servers agree", p)
	case ofNetwork:
		if request, ok := errors.AsType[*url.Error](err); ok { // which repeats all settings
			err = request.Err
		}
		return fmt.Errorf("%w: %s: is the server running, and the port that of the address's protocol? %w", ledger.ErrUnreachable, p, err)
	}
	return fmt.Errorf("ledger %s: %w", p, err)
}
