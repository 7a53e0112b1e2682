package cli

import (
	"bytes"
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
	const entries = 1050 // two pages
	// Where a fault is one of the ledger, the other answers are those of every day.
	route := ""
	if strings.HasPrefix(command, "usage") {
		route = "usage-history"
	}
	server := venicetest.NewServer(t, venicetest.Config{
		Entries: entries, NoLimits: true,
		Faults: []venicetest.Fault{{Kind: kind, Route: route, Wait: time.Second}},
	})
	var before []row
	if strings.Contains(command, "--all") {
		before = truth(t, server)
	}
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
	if begin := stderrBegin(command); struck && (strings.Count(got.stderr, "\n") != 1 || !strings.HasPrefix(got.stderr, begin)) {
		t.Errorf("%s: not one sentence: %q", command, got.stderr)
	}
	if struck && passes {
		t.Errorf("%s: failed: %s", command, got.stderr)
	}
	if !strings.Contains(command, "--all") {
		return
	}
	// Newest first, the walk is cut into windows, and may have no second page.
	if !struck && !passes && !strings.Contains(command, "desc") {
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
	if !struck && len(rows) < len(before) {
		t.Errorf("%s: %d entries of %d", command, len(rows), len(before))
	}
	if len(rows) == 0 {
		return
	}
	checkRows(t, command, rows, before, truth(t, server))
}

// stderrBegin is how an error begins.
func stderrBegin(command string) string {
	if strings.Contains(command, "json") {
		return `{"error":{"message":"`
	}
	return "ducat: "
}

// truth is the ledger of a server.
func truth(t *testing.T, server *venicetest.Server) []row {
	t.Helper()
	var text bytes.Buffer
	if err := server.WriteNDJSON(&text); err != nil {
		t.Fatal(err)
	}
	rows, err := readNDJSONRows(&text)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// checkRows wants each row to be one of the ledger, as it is or as it was, and
// no more often than there.
func checkRows(t *testing.T, command string, rows []row, ledgers ...[]row) {
	t.Helper()
	there := map[string]int{}
	for _, ledger := range ledgers {
		times := map[string]int{}
		for _, r := range ledger {
			times[r.key()]++
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
