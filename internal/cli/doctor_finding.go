package cli

import (
	"errors"
	"fmt"
	"slices"
)

// A judgement is what a check thinks of what it found.
type judgement string

const (
	verdictOK      judgement = "ok"
	verdictWarning judgement = "warning" // it works, and should be mended
	verdictFailed  judgement = "failed"
)

// A finding is the outcome of a check.
type finding struct {
	check   string
	account string // "" for the machine
	verdict judgement
	found   string
	mend    string // the command that mends it, or what else does; "" where all is well
	err     error  // of what failed: its kind decides the exit code
}

func fine(check, format string, args ...any) []finding {
	return []finding{{check: check, verdict: verdictOK, found: fmt.Sprintf(format, args...)}}
}

func doubtful(check, mend, format string, args ...any) []finding {
	return []finding{{check: check, verdict: verdictWarning, found: fmt.Sprintf(format, args...), mend: mend}}
}

func broken(check, mend string, kind error, format string, args ...any) []finding {
	return []finding{{check: check, verdict: verdictFailed, found: fmt.Sprintf(format, args...), mend: mend, err: kind}}
}

// A diagnosis gathers findings and prints them as they come.
type diagnosis struct {
	out      stream
	asJSON   bool
	several  bool // there are several accounts to tell apart
	findings []finding
}

func (d *diagnosis) add(f finding) error {
	f.found, f.mend = printable(f.found), printable(f.mend)
	d.findings = append(d.findings, f)
	if d.asJSON {
		return nil
	}
	name := f.check
	if d.several && f.account != "" {
		name = f.account + ": " + name
	}
	color := map[judgement]emphasis{verdictOK: green, verdictWarning: yellow, verdictFailed: red}[f.verdict]
	line := fmt.Sprintf("%s  %-29s  %s\n", d.out.paint(color, fmt.Sprintf("%-7s", f.verdict)), name, f.found)
	if f.mend != "" {
		line += fmt.Sprintf("%9s%-29s  %s\n", "", "", d.out.paint(bold, "mend: "+f.mend))
	}
	_, err := fmt.Fprint(d.out, line)
	return err
}

// end sums up, and fails if a check did.
func (d *diagnosis) end() error {
	counts := map[judgement]int{}
	for _, f := range d.findings {
		counts[f.verdict]++
	}
	worst := d.worst()
	if d.asJSON {
		if err := writeJSON(d.out, "  ", newDoctorJSON(d.findings, counts, worst)); err != nil {
			return err
		}
	} else if _, err := fmt.Fprintf(d.out, "\n%d checks: %d ok, %s, %d failed.\n", len(d.findings), counts[verdictOK],
		plural(counts[verdictWarning], "warning", "warnings"), counts[verdictFailed]); err != nil {
		return err
	}
	if worst == nil {
		return nil
	}
	return &sickError{counts[verdictFailed], len(d.findings), worst}
}

// severity orders exit codes, the worst first.
var severity = []int{exitKey, exitUnavailable, exitIncomplete}

// worst is the error of the failed check that decides the exit code, or nil.
func (d *diagnosis) worst() (worst error) {
	rank := func(err error) int {
		code, _ := classify(err)
		if i := slices.Index(severity, code); i >= 0 {
			return i
		}
		return len(severity)
	}
	for _, f := range d.findings {
		if f.err != nil && (worst == nil || rank(f.err) < rank(worst)) {
			worst = f.err
		}
	}
	if worst != nil && rank(worst) == len(severity) {
		return errors.New(worst.Error()) // whatever else it is, the exit code is 1
	}
	return worst
}

// A sickError is a diagnosis with failed checks.
type sickError struct {
	failed, all int
	worst       error
}

func (e *sickError) Error() string {
	return fmt.Sprintf("%d of %d checks failed; what mends it is said beside each", e.failed, e.all)
}

func (e *sickError) Unwrap() error { return e.worst }

// doctorJSON is the contract of 'doctor -o json'.
type doctorJSON struct {
	Findings []findingJSON `json:"findings"`
	Warnings int           `json:"warnings"`
	Failed   int           `json:"failed"`
	ExitCode int           `json:"exitCode"`
}

type findingJSON struct {
	Check   string    `json:"check"`
	Account *string   `json:"account"`
	Verdict judgement `json:"verdict"`
	Found   string    `json:"found"`
	Mend    *string   `json:"mend"`
}

func newDoctorJSON(findings []finding, counts map[judgement]int, worst error) doctorJSON {
	j := doctorJSON{Findings: make([]findingJSON, len(findings)), Warnings: counts[verdictWarning], Failed: counts[verdictFailed]}
	for i, f := range findings {
		j.Findings[i] = findingJSON{f.check, notEmpty(f.account), f.verdict, f.found, notEmpty(f.mend)}
	}
	if worst != nil {
		j.ExitCode, _ = classify(worst)
	}
	return j
}
