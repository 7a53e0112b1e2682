package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/ducat-ledger/ducat/venice"
)

// The exit codes; exitCodes tells users of them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitKey         = 3
	exitUnavailable = 4
	exitInterrupted = 130
)

const exitCodes = `  0    done
  1    failed
  2    wrong usage
  3    the key is missing, refused, or not an ADMIN key
  4    Venice is unavailable, timed out or limits the rate: try again later
  130  interrupted (what was printed stays)
`

// A usageError is a command line that cannot be carried out.
type usageError struct {
	msg  string
	hint string // what to do instead
}

func (e *usageError) Error() string { return e.msg + "; " + e.hint }

// wrongUsage turns what the flag parser says into a usageError of the command.
func wrongUsage(err error, command string) error {
	return &usageError{msg: err.Error(), hint: fmt.Sprintf("see '%s --help'", command)}
}

// categories gives each kind of failure its exit code and its name in JSON. The
// first that matches counts: a refused cursor is also an invalid request.
var categories = []struct {
	is   error
	code int
	name string
}{
	{venice.ErrAuthentication, exitKey, "authentication"},
	{venice.ErrPermissionDenied, exitKey, "permission"},
	{venice.ErrCursor, exitUnavailable, "cursor"},
	{venice.ErrTimeout, exitUnavailable, "timeout"},
	{venice.ErrConnection, exitUnavailable, "connection"},
	{venice.ErrRateLimit, exitUnavailable, "rate-limit"},
	{venice.ErrServer, exitUnavailable, "server"},
	{venice.ErrGone, exitUnavailable, "gone"},
	{venice.ErrInvalidRequest, exitFailed, "invalid-request"},
}

// classify gives the exit code of an error and its name in JSON.
func classify(err error) (code int, category string) {
	var usage *usageError
	var param *venice.ParamError
	if errors.As(err, &usage) || errors.As(err, &param) {
		return exitUsage, "usage"
	}
	for _, c := range categories {
		if errors.Is(err, c.is) {
			return c.code, c.name
		}
	}
	return exitFailed, "failed"
}

// A failure is the JSON form of an error. What is unknown is null.
type failure struct {
	Message   string   `json:"message"`
	ExitCode  int      `json:"exitCode"`
	Category  string   `json:"category"`
	Status    *int     `json:"status"`
	RequestID *string  `json:"requestId"`
	Param     *string  `json:"param"`
	Written   *written `json:"written"`
}

// report tells of an error on stderr and returns the exit code.
func (a app) report(ctx context.Context, err error, asJSON bool) int {
	if errors.Is(err, syscall.EPIPE) {
		return exitDone // the reader has all that it wanted
	}
	f := failure{}
	f.ExitCode, f.Category = classify(err)
	var cut *cutError
	if errors.As(err, &cut) {
		f.Written = &cut.written
	}
	if ctx.Err() != nil {
		f.ExitCode, f.Category = exitInterrupted, "interrupted"
		err = errors.New("interrupted")
		if cut != nil {
			cut.err = err
			err = cut
		}
	}
	f.Message = sentence(err)
	if asJSON {
		f.addDetails(err)
		_ = writeJSON(a.err, "", map[string]failure{"error": f})
	} else {
		fmt.Fprintf(a.err, "%s %s\n", a.err.paint(red, "ducat:"), f.Message)
	}
	return f.ExitCode
}

// addDetails fills in what the client library knows.
func (f *failure) addDetails(err error) {
	var api *venice.APIError
	if errors.As(err, &api) {
		if api.StatusCode != 0 {
			f.Status = &api.StatusCode
		}
		f.RequestID = notEmpty(api.RequestID)
	}
	var param *venice.ParamError
	if errors.As(err, &param) {
		f.Param = notEmpty(flagName(param.Param))
	}
}

// flags gives the flag or variable that each parameter of the library comes from.
var flags = map[string]string{
	"Currency":    "--currency",
	"StartDate":   "--since",
	"EndDate":     "--until",
	"Limit":       "--limit",
	"Page":        "--page",
	"MaxItems":    "--max",
	"SortOrder":   "--sort",
	"CountTotals": "--totals",
	"Lookback":    "--lookback",
	"timeout":     "--timeout",
	"max retries": "--retries",
	"base URL":    envBaseURL,
}

// flagName is the user's name for a parameter of the library.
func flagName(param string) string { return cmp.Or(flags[param], param) }

// sentence is the text of an error on one line, in the user's words.
func sentence(err error) string {
	var replace []string
	for param, flag := range flags {
		replace = append(replace, "invalid "+param+" ", "invalid "+flag+" ")
	}
	text := strings.NewReplacer(replace...).Replace(err.Error())
	return printable(strings.ReplaceAll(text, "\n", "; "))
}

// wantsJSON says whether the command line asks for JSON, even one that the
// flag parser did not come to the end of.
func wantsJSON(args []string) bool {
	for i, arg := range args {
		value, ok := "", false
		switch {
		case arg == "-o" || arg == "--output":
			if i+1 < len(args) {
				value, ok = args[i+1], true
			}
		case strings.HasPrefix(arg, "--output="):
			value, ok = strings.TrimPrefix(arg, "--output="), true
		case strings.HasPrefix(arg, "-o"):
			value, ok = strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "="), true
		}
		if ok && (value == formatJSON || value == formatNDJSON) {
			return true
		}
	}
	return false
}

// writeJSON prints v, on one line unless there is an indent.
func writeJSON(w io.Writer, indent string, v any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(text.Bytes())
	return err
}

// notEmpty makes "" into JSON's null.
func notEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
