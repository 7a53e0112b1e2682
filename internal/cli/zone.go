package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // machines without a time zone database

	"github.com/ducat-ledger/ducat/internal/report"
)

// parseZone finds a time zone by its IANA name; "local" is that of the machine.
func parseZone(name string, env func(string) string) (*time.Location, error) {
	if name == "local" {
		local, err := localZone(env)
		if err != nil {
			return nil, fmt.Errorf("invalid --tz local: %w: give a name such as Europe/Berlin", err)
		}
		name = local
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("invalid --tz %q: must be a name such as Europe/Berlin, UTC, or local", name)
	}
	return zone, nil
}

// localZone is the name of the machine's zone, which the ledger needs to know.
func localZone(env func(string) string) (string, error) {
	if name := strings.TrimPrefix(env("TZ"), ":"); name != "" {
		return name, nil
	}
	target, err := os.Readlink("/etc/localtime")
	if err != nil {
		return "", errors.New("this machine does not name its zone")
	}
	_, name, ok := strings.Cut(target, "zoneinfo/")
	if !ok {
		return "", errors.New("this machine does not name its zone")
	}
	return name, nil
}

// parseWhenIn is report.When for a flag, which its error names.
func parseWhenIn(flag, s string, now time.Time, zone *time.Location) (time.Time, error) {
	t, err := report.When(s, now, zone)
	if err != nil {
		return t, fmt.Errorf("invalid %s %q: %w", flag, s, err)
	}
	return t, nil
}
