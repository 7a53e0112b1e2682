package alert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// run starts a program with the alert as JSON on its stdin and in variables. It
// gets the environment of this process but the secrets that are configured, and
// what it prints is not read. Exit code 0 is "told".
func (s *sender) run(ctx context.Context, command []string, a *Alert, body []byte) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin = bytes.NewReader(body)
	cmd.WaitDelay = time.Second // a child of it may hold stdin
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(s.secrets, name)
	})
	cmd.Env = append(cmd.Env, a.variables()...)
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("the program did not end within %s, and was killed", attempt)
	case err != nil:
		return fmt.Errorf("the program failed: %w", err)
	}
	return nil
}

// variables are the alert for programs that read no JSON.
func (a *Alert) variables() []string {
	asOf := ""
	if a.AsOf != nil {
		asOf = *a.AsOf
	}
	return []string{
		"DUCAT_ALERT_ID=" + a.ID,
		"DUCAT_ALERT_BUDGET=" + a.Budget,
		"DUCAT_ALERT_THRESHOLD=" + strconv.Itoa(a.Threshold),
		"DUCAT_ALERT_EXCEEDED=" + strconv.FormatBool(a.Exceeded),
		"DUCAT_ALERT_PERIOD=" + string(a.Period.Name),
		"DUCAT_ALERT_PERIOD_START=" + a.Period.Start,
		"DUCAT_ALERT_PERIOD_END=" + a.Period.End,
		"DUCAT_ALERT_SPENT=" + a.Spent,
		"DUCAT_ALERT_AMOUNT=" + a.Amount,
		"DUCAT_ALERT_CURRENCY=" + a.Currency,
		"DUCAT_ALERT_SHARE=" + a.Share,
		"DUCAT_ALERT_AS_OF=" + asOf,
		"DUCAT_ALERT_COMPLETE=" + strconv.FormatBool(a.Complete),
		"DUCAT_ALERT_TEXT=" + a.Text,
	}
}
