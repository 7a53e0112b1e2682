package venice

import (
	"encoding/json"
	"errors"
	"fmt"
)

// decode reads a page of usage history.
func (p *UsageHistoryPage) decode(body []byte) error {
	var w struct {
		Data       []wireEntry     `json:"data"`
		NextCursor json.RawMessage `json:"nextCursor"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return fieldError(err)
	}
	var err error
	if p.Data, err = entriesOf(w.Data); err != nil {
		return err
	}
	// Without the field nobody knows whether more follows: taking that for the
	// end would lose entries in silence.
	if w.NextCursor == nil {
		return errors.New("nextCursor is missing")
	}
	p.NextCursor = ""
	if err := json.Unmarshal(w.NextCursor, &p.NextCursor); err != nil {
		return errors.New("nextCursor is not a string")
	}
	return nil
}

// entriesOf reads the entries of a page; an error names the row.
func entriesOf(rows []wireEntry) ([]UsageEntry, error) {
	if rows == nil {
		return nil, errors.New("data is missing")
	}
	entries := make([]UsageEntry, len(rows))
	for i := range rows {
		if err := rows[i].entry(&entries[i]); err != nil {
			return nil, fmt.Errorf("data[%d].%w", i, err)
		}
	}
	return entries, nil
}

// fieldError says in Venice's words which field has the wrong type.
func fieldError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%s is %s, which is not what it should be", wrong.Field, article(wrong.Value))
	}
	return err
}

// article makes "a number" of "number" and "an object" of "object".
func article(noun string) string {
	switch noun {
	case "object", "array":
		return "an " + noun
	default:
		return "a " + noun
	}
}
