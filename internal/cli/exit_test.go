package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/ducat-ledger/ducat/venice"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err      error
		code     int
		category string
	}{
		{errors.New("anything"), 1, "failed"},
		{fs.ErrNotExist, 1, "failed"},
		{venice.ErrInvalidRequest, 1, "invalid-request"},
		{&usageError{"unknown flag: --x", "see help"}, 2, "usage"},
		{&venice.ParamError{Param: "Limit", Value: "501", Allowed: "must be 1 to 500"}, 2, "usage"},
		{venice.ErrAuthentication, 3, "authentication"},
		{venice.ErrPermissionDenied, 3, "permission"},
		{venice.ErrTimeout, 4, "timeout"},
		{venice.ErrConnection, 4, "connection"},
		{venice.ErrRateLimit, 4, "rate-limit"},
		{venice.ErrServer, 4, "server"},
		{venice.ErrGone, 4, "gone"},
		{venice.ErrCursor, 4, "cursor"},
		{errors.Join(venice.ErrInvalidRequest, venice.ErrCursor), 4, "cursor"},
		{errIncomplete, 5, "incomplete"},
		{errors.Join(errIncomplete, errExceeded), 6, "exceeded"},
	} {
		err := fmt.Errorf("reading: %w", test.err)
		if code, category := classify(err); code != test.code || category != test.category {
			t.Errorf("%v: %d %s, want %d %s", err, code, category, test.code, test.category)
		}
	}
}
