package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// checkServer finds out whether the ledger's server, if it is on one, answers, and
// leaves the store for the checks that follow.
func checkServer(ctx context.Context, p *patient) []finding {
	const name = "ledger server"
	if p.config == nil || !p.config.Ledger.IsAddress() {
		return nil
	}
	store, err := p.app.openLedger(p.config.Ledger, duckdb.Options{})
	if err != nil {
		return broken(name, "export DUCAT_LEDGER=clickhouse://user@host:9000/database", err, "%s", sentence(err))
	}
	p.opened = store
	server, ok := store.(*clickhouse.Store)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	began := time.Now()
	asked := p.app.now()
	version, clock, err := server.Server(ctx)
	switch {
	case errors.Is(err, clickhouse.ErrRefused):
		return broken(name, "export CLICKHOUSE_PASSWORD=... with the user's password", err, "%s", sentence(err))
	case errors.Is(err, context.DeadlineExceeded):
		return broken(name, "start the server, or ducat doctor --timeout 30s", ledger.ErrUnreachable, "no answer within %s", p.timeout)
	case err != nil:
		return broken(name, "start the server, or set DUCAT_LEDGER to where it is", err, "%s", sentence(err))
	}
	p.server = server
	took := time.Since(began)
	found := fine(name, "ClickHouse %s answers in %d ms", version, took.Milliseconds())
	if off, how := clocksApart(clock.Sub(asked.Add(took/2)), took/2, "the ledger's server"); off > tolerableSkew {
		found = append(found, doubtful("ledger server's clock", "set the clock that is wrong: timedatectl set-ntp true", "%s", how)...)
	}
	return found
}

// checkDatabase leaves the store open for the checks of the accounts.
func checkDatabase(ctx context.Context, p *patient) []finding {
	const name = "ledger"
	if p.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	version, err := p.server.SchemaVersion(ctx)
	switch {
	case errors.Is(err, ledger.ErrNoLedger):
		return doubtful(name, "ducat sync", "there is none yet at %s", p.config.Ledger)
	case errors.Is(err, ledger.ErrNewer):
		return broken(name, updateDucat, err, "%s", sentence(err))
	case errors.Is(err, ledger.ErrNotLedger):
		return broken(name, "set DUCAT_LEDGER to another database", err, "%s", sentence(err))
	case err != nil:
		return broken(name, "ducat doctor", err, "%s", sentence(err))
	}
	p.store = p.opened
	return fine(name, "%s, version %d of %d", p.config.Ledger, version, clickhouse.NewestVersion())
}

// checkRights finds what the user of the server may not do.
func checkRights(ctx context.Context, p *patient) []finding {
	const name = "ledger rights"
	if p.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	missing, err := p.server.MissingRights(ctx)
	if err != nil {
		return doubtful(name, "docs/scale.md says which are needed", "what the user may do is not known: %s", sentence(err))
	}
	return judgeRights(missing, p.store != nil, p.server.Grant)
}

// judgeRights weighs what the user lacks. Where there is a ledger, to read it is
// enough for most commands.
func judgeRights(missing []string, there bool, grant func([]string) string) []finding {
	const name = "ledger rights"
	switch {
	case len(missing) == 0:
		return fine(name, "the user may read, write, and make tables")
	case !there || slices.Contains(missing, clickhouse.ToRead):
		return broken(name, grant(missing), errRights, "the user may not %s", strings.Join(missing, ", "))
	case slices.Contains(missing, clickhouse.ToWrite):
		return doubtful(name, grant([]string{clickhouse.ToWrite}), "the user may only read the books: a sync fails")
	}
	return fine(name, "the user may read and write, but not make tables, as an update of ducat may need")
}

var errRights = errors.New("rights are missing")

// manyParts are a third of those at which ClickHouse begins to slow down inserts.
const manyParts = 300

// checkTables looks at the tables of the ledger, and the room for them.
func checkTables(ctx context.Context, p *patient) []finding {
	const name = "ledger tables"
	if p.server == nil || p.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	t, err := p.server.Tables(ctx)
	switch {
	case err != nil:
		return doubtful(name, "look at system.parts and system.replicas as another user", "how they are is not known: %s", sentence(err))
	case len(t.ReadOnly) > 0:
		return broken(name, "look after ClickHouse Keeper, then SYSTEM RESTORE REPLICA", errReadOnly, "no inserts are taken by %s", strings.Join(t.ReadOnly, ", "))
	case t.Delay > uint64(stale/time.Second):
		return doubtful(name, "look at system.replication_queue", "the replica is %s behind", time.Duration(t.Delay)*time.Second)
	case t.Parts > manyParts:
		return doubtful(name, "look at system.merges and the server's disk", "%d parts are not merged, which slows down every query", t.Parts)
	case t.Free < t.Bytes+leastFree:
		return doubtful(name, "make room on the server's disks", "%s are free there, less than merging its %s may take", megabytes(t.Free), megabytes(t.Bytes))
	}
	return fine(name, "%s in %s, at most %d parts each; %s are free", plural(int(t.Rows), "row", "rows"), megabytes(t.Bytes), t.Parts, megabytes(t.Free))
}

var errReadOnly = errors.New("tables are read-only")
