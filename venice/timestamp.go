package venice

import (
	"errors"
	"time"
)

// timestampLayout is how instants are sent: UTC, to the millisecond.
const timestampLayout = "2006-01-02T15:04:05.000Z"

// dateLayout is how UTC days are sent.
const dateLayout = time.DateOnly

var errYear = errors.New("not within the years 0000 to 9999 of UTC")

// parseTimestamp reads an ISO 8601 instant with a zone, in UTC. Fractions of a
// second may be absent or of any length; digits below the nanosecond are cut.
func parseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errors.New("not an ISO 8601 instant with a zone")
	}
	return inFourDigitYears(t)
}

// parseDay reads a UTC day, in any form of [parseInstant] on that day. The result
// is the day's 00:00 UTC.
func parseDay(text string) (time.Time, error) {
	instant, err := parseInstant(text)
	if err != nil {
		return time.Time{}, err
	}
	return instant.Truncate(24 * time.Hour), nil
}

// parseInstant reads an instant, spelled in ISO 8601, as a date (its 00:00 UTC),
// or as milliseconds since 1970. The result is in UTC.
func parseInstant(text string) (time.Time, error) {
	if day, err := time.Parse(dateLayout, text); err == nil {
		return day, nil
	}
	instant, err := parseTimestamp(text)
	if err == nil || errors.Is(err, errYear) {
		return instant, err
	}
	ms, err := parseDecimal(text)
	if err != nil {
		return time.Time{}, errors.New("neither a date, nor an ISO 8601 instant, nor Unix milliseconds")
	}
	whole := ms.Floor().BigInt()
	if !whole.IsInt64() {
		return time.Time{}, errYear
	}
	return inFourDigitYears(time.UnixMilli(whole.Int64()))
}

// inFourDigitYears gives the instant in UTC, where ISO 8601 can spell it.
func inFourDigitYears(t time.Time) (time.Time, error) {
	t = t.UTC()
	if year := t.Year(); year < 0 || year > 9999 {
		return time.Time{}, errYear
	}
	return t, nil
}

// formatTimestamp spells an instant as Venice does. Digits below the
// millisecond are kept where there are any.
func formatTimestamp(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return t.Format(time.RFC3339Nano)
	}
	ms := t.Nanosecond() / int(time.Millisecond)
	// The time package spells its own layouts several times faster than others.
	text := t.AppendFormat(make([]byte, 0, len(timestampLayout)), time.RFC3339)
	text[len(text)-1] = '.'
	return string(append(text, '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z'))
}
