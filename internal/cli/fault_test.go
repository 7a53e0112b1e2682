package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// Every way in which the server misbehaves ends in the right entries, or in the
// exit code for "try again later" and one sentence.
func TestFaults(t *testing.T) {
	t.Parallel()
	passes := map[venicetest.FaultKind]bool{
		venicetest.FaultHangSmall:       true, // the ranges asked for are large
		venicetest.FaultNumbersQuoted:   true,
		venicetest.FaultExtraKeys:       true,
		venicetest.FaultEmptyPage:       true,
		venicetest.FaultUnknownCurrency: true,
		venicetest.FaultLatePost:        true,
		venicetest.FaultCorrect:         true,
	}
	for _, kind := range venicetest.FaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			for _, command := range []string{
				"usage --all -o ndjson",
				"usage --all -o csv --sort desc",
				"usage --limit 500 --sort asc -o ndjson",
				"balance",
				"analytics -o json",
			} {
				checkFault(t, kind, command, passes[kind])
			}
		})
	}
}

func checkFault(t *testing.T, kind venicetest.FaultKind, command string, passes bool) {
	const entries = 1500 // two pages
	// Where a fault is one of the ledger, the other answers are those of every day.
	route := ""
	if strings.HasPrefix(command, "usage") {
		route = "usage-history"
	}
	server := venicetest.NewServer(t, venicetest.Config{
		Entries: entries, Now: atNoon, NoLimits: true,
		Faults: []venicetest.Fault{{Kind: kind, Route: route, Wait: time.Second}},
	})
	before := server.Entries()
	args := append(strings.Fields(command), "--retries", "0", "--timeout", "300ms")
	got := runDucat(t.Context(), server, args...)

	for _, text := range []string{got.stdout, got.stderr} {
		if fault := unclean(text); fault != "" || strings.Contains(text, server.AdminKey) {
			t.Errorf("%s: %s, or the key, in the output", command, fault)
		}
	}
	struck := got.code != exitDone
	if struck && got.code != exitUnavailable {
		t.Errorf("%s: exit code %d: %s", command, got.code, got.stderr)
	}
	if struck && !strings.Contains(command, "ndjson") && !strings.Contains(command, "json") &&
		(strings.Count(got.stderr, "\n") != 1 || !strings.HasPrefix(got.stderr, "ducat: ")) {
		t.Errorf("%s: not one sentence: %q", command, got.stderr)
	}
	if struck && passes {
		t.Errorf("%s: failed: %s", command, got.stderr)
	}
	if !strings.Contains(command, "--all") {
		return
	}
	if !struck && !passes {
		t.Errorf("%s: succeeded", command)
	}

	read := readNDJSONRows
	if strings.Contains(command, "csv") {
		read = readCSVRows
	}
	rows, err := read(strings.NewReader(got.stdout))
	if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	if passes && len(rows) < len(before) {
		t.Errorf("%s: %d entries of %d", command, len(rows), len(before))
	}
	checkRows(t, command, rows, server.Entries(), before)
}

// checkRows wants each row to be one of the ledger, as it is or as it was, and
// no more often than there.
func checkRows(t *testing.T, command string, rows []row, ledgers ...[]venicetest.Entry) {
	t.Helper()
	there := map[string]int{}
	for _, ledger := range ledgers {
		times := map[string]int{}
		for _, e := range ledger {
			times[entryRow(t, e).key()]++
		}
		for key, n := range times {
			there[key] = max(there[key], n)
		}
	}
	for _, r := range rows {
		if there[r.key()]--; there[r.key()] < 0 {
			t.Fatalf("%s: an entry that the ledger has not, or once too often: %s", command, r.key())
		}
	}
}

func entryRow(t *testing.T, e venicetest.Entry) row {
	t.Helper()
	text, err := e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readNDJSONRows(strings.NewReader(string(text) + "\n"))
	if err != nil || len(rows) != 1 {
		t.Fatalf("%s: %v", text, err)
	}
	return rows[0]
}
