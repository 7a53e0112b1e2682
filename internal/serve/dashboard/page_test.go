package dashboard_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

func TestX(t *testing.T) {
	store := new(ledgertest.Memory)
	server := simulated(t, 5, 4000)
	synced(t, store, "home", server)
	w := get(t, shown(store), "/")
	s := w.Body.String()
	t.Log(w.Code, len(s), s[:min(len(s), 9000)])
}
