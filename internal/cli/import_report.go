package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

// coveredShown is how many of the windows that a file covers are told.
const coveredShown = 3

// An importReport is what an import did.
type importReport struct {
	File     string           `json:"file"`
	Form     intake.Form      `json:"form"`
	Entries  int              `json:"entries"`
	Complete bool             `json:"complete"`
	Accounts []importedReport `json:"accounts"`

	failed  bool
	leftOut int // entries
}

// An importedReport is what it did to one account's books.
type importedReport struct {
	Account     string          `json:"account"`
	Entries     int             `json:"entries"`
	CoversBy    intake.Claim    `json:"coversBy"`
	Covers      []export.Window `json:"covers"`
	Filled      []export.Window `json:"filled"`
	Fresh       int             `json:"fresh"`
	Same        int             `json:"same"`
	OnlyInFile  *onlyReport     `json:"onlyInFile"`
	OnlyInBooks *onlyReport     `json:"onlyInBooks"`
	changeCounts
}

// An onlyReport is what one side has and the other does not, and was left so.
type onlyReport struct {
	Entries int               `json:"entries"`
	Amounts map[string]string `json:"amounts"`
	First   string            `json:"first"`
	Last    string            `json:"last"`
}

func newImportReport(file *intake.File, survey *intake.Survey, results []*intake.Result, failed error) importReport {
	report := importReport{
		File: file.Path(), Form: file.Form(), Entries: survey.Entries, Accounts: []importedReport{}, failed: failed != nil,
	}
	for _, r := range results {
		report.leftOut += r.OnlyFile.Entries
		report.Accounts = append(report.Accounts, importedReport{
			Account: r.Account, Entries: r.Entries, CoversBy: r.Claim,
			Covers: newWindows(r.Covers), Filled: newWindows(r.Filled), Fresh: r.Fresh, Same: r.Same,
			OnlyInFile: newOnlyReport(r.OnlyFile), OnlyInBooks: newOnlyReport(r.OnlyBooks), changeCounts: newChangeCounts(r.Change),
		})
	}
	report.Complete = failed == nil && report.leftOut == 0
	return report
}

func newWindows(windows []ledger.Window) []export.Window {
	j := make([]export.Window, len(windows))
	for i, w := range windows {
		j[i] = export.NewWindow(w)
	}
	return j
}

func newOnlyReport(d intake.Difference) *onlyReport {
	if d.Entries == 0 {
		return nil
	}
	return &onlyReport{d.Entries, amountTexts(d.Amounts), *export.Instant(d.First), *export.Instant(d.Last)}
}

func (a app) printImport(r importReport, format string) error {
	if format == formatJSON {
		return writeJSON(a.out, "  ", r)
	}
	_, err := io.WriteString(a.out, r.text(a.out))
	return err
}

// text tells a person.
func (r importReport) text(out stream) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s: %s read (%s).\n", printable(r.File), entriesText(r.Entries), r.Form)
	for _, account := range r.Accounts {
		account.tell(&s, out, r.failed)
	}
	return s.String()
}

func (r *importedReport) tell(s *strings.Builder, out stream, failed bool) {
	name := out.paint(bold, printable(r.Account))
	switch {
	case failed:
		fmt.Fprintf(s, "%s: %s, %s of them new, %s so far; the next import goes on from there.\n",
			name, out.paint(yellow, "incomplete"), entriesText(r.Fresh), entriesText(r.Fresh+r.Same))
	case len(r.Filled) == 0 && r.Added+r.Removed == 0:
		fmt.Fprintf(s, "%s: nothing changed: the books cover all of it, and had %s of %s.\n",
			name, money.Thousands(strconv.Itoa(r.Same)), entriesText(r.Entries))
	default:
		fmt.Fprintf(s, "%s: %s new in the books, %s there before.\n", name,
			isAre(r.Fresh), money.Thousands(strconv.Itoa(r.Same)))
	}
	if r.Added+r.Removed > 0 {
		fmt.Fprintf(s, "  changed in what the books covered: %s\n", r.what())
	}
	r.OnlyInFile.tell(s, "in the file and not in the books, left out")
	r.OnlyInBooks.tell(s, "in the books and not in the file, left there")
	if failed {
		return
	}
	by := map[intake.Claim]string{
		intake.ByUser: "as --covers says", intake.ByFile: "as the file says",
		intake.ByEntries: "from the first entry to the last; --covers can say otherwise",
	}[r.CoversBy]
	for i, w := range r.Covers {
		if i == coveredShown {
			fmt.Fprintf(s, "  and %s more\n", plural(len(r.Covers)-i, "window", "windows"))
			break
		}
		fmt.Fprintf(s, "  covered: %s (%s)\n", w, by)
	}
	if len(r.Covers) == 0 {
		s.WriteString("  covered: nothing, as the file says\n")
	}
}

func (r *onlyReport) tell(s *strings.Builder, where string) {
	if r != nil {
		fmt.Fprintf(s, "  %s %s: %s, %s to %s\n", entriesText(r.Entries), where, amountList(r.Amounts), r.First, r.Last)
	}
}

func entriesText(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return money.Thousands(strconv.Itoa(n)) + " entries"
}

func isAre(n int) string {
	if n == 1 {
		return "1 entry is"
	}
	return money.Thousands(strconv.Itoa(n)) + " entries are"
}
