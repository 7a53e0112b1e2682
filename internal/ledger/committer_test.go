package ledger

import (
	"testing"
	"time"
)

func TestCommitsBecomeRarerInALongSync(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ took, want time.Duration }{
		{0, 2 * time.Second},
		{4 * time.Second, 2 * time.Second},
		{12 * time.Second, 3 * time.Second},
		{20 * time.Second, 5 * time.Second},
		{time.Hour, 5 * time.Second},
	} {
		if got := patience(test.took); got != test.want {
			t.Errorf("after %s a reading waits %s, want %s", test.took, got, test.want)
		}
	}
}
