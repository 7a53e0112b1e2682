package ledger_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// A sync keeps the API keys where it may ask for them. That it cannot is said, and
// spoils nothing.
func TestSyncKeepsTheKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := venicetest.New(venicetest.Config{Seed: 61, Entries: 200, NoLimits: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		client, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		store := &ledgertest.Memory{}
		sync := func(keys ledger.KeySource) *ledger.SyncResult {
			r, err := ledger.Sync(t.Context(), store, client.Billing, "default", ledger.SyncOptions{Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		kept := func() *ledger.KeysAt {
			rings, err := store.Keys(t.Context(), "default")
			if err != nil {
				t.Fatal(err)
			}
			if ring, ok := rings["default"]; ok {
				return &ring
			}
			return nil
		}
		if r := sync(nil); r.KeysErr != nil || kept() != nil {
			t.Errorf("without a source: %v, %v", kept(), r.KeysErr)
		}
		r := sync(client.APIKeys)
		want, err := client.APIKeys.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first := kept()
		if r.KeysErr != nil || first == nil || !first.At.Equal(r.Horizon) || len(first.Keys) != len(want.Data) || first.Keys[1].ID != want.Data[1].ID {
			t.Errorf("kept %+v, %v; want %d keys as of %s", first, r.KeysErr, len(want.Data), r.Horizon)
		}
		s.SetFaults(venicetest.Fault{Kind: venicetest.Fault500, Route: "api_keys"})
		r = sync(client.APIKeys)
		if !errors.Is(r.KeysErr, venice.ErrServer) || len(kept().Keys) != len(want.Data) {
			t.Errorf("a failing route: error is %v, %d keys are left", r.KeysErr, len(kept().Keys))
		}
	})
}
