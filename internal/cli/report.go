package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/ducat-ledger/ducat/venice"
)

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
	var incomplete *incompleteError
	var exceeded *exceededError
	if !asJSON && (errors.As(err, &incomplete) && incomplete.told || errors.As(err, &exceeded) && exceeded.told) {
		return f.ExitCode
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

// userWords puts the user's names in place of the client library's parameters.
var userWords = strings.NewReplacer(
	"StartDate", "--since",
	"EndDate", "--until",
	"SortOrder", "--sort",
	"MaxItems", "--max",
	"CountTotals", "--totals",
	"invalid Currency", "invalid --currency",
	"invalid Limit", "invalid --limit",
	"invalid Page", "invalid --page",
	"invalid Lookback", "invalid --lookback",
	"invalid timeout", "invalid --timeout",
	"invalid max retries", "invalid --retries",
	"invalid base URL", "invalid "+envBaseURL,
)

// sentence is the text of an error on one line, in the user's words.
func sentence(err error) string {
	text := err.Error()
	var param *venice.ParamError
	if errors.As(err, &param) {
		text = userWords.Replace(text)
	}
	return printable(strings.ReplaceAll(text, "\n", "; "))
}

// flagName is the flag or variable that a parameter of the library comes from.
func flagName(param string) string {
	return strings.TrimPrefix(userWords.Replace("invalid "+param), "invalid ")
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
