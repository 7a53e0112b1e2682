package venice

import (
	"errors"
	"time"
)

// timestampLayout is how instants are sent: UTC, to the millisecond.
const timestampLayout = "2006-01-02T15:04:05.000Z"

// dateLayout is how UTC days are sent.
const dateLayout = time.DateOnly

// parseTimestamp reads an ISO 8601 instant with a zone, in UTC. Fractions of a
// second may be absent or of any length.
func parseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errors.New("not an ISO 8601 instant with a zone")
	}
	return t.UTC(), nil
}

// formatTimestamp spells an instant as Venice does. Digits below the
// millisecond are kept where there are any.
func formatTimestamp(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return t.Format(time.RFC3339Nano)
	}
	return t.Format(timestampLayout)
}
