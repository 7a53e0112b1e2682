package alert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// version is that of the file's form.
const version = 1

// A memory is what was told and has to be told. Its file is changed by whoever
// holds the lock.
type memory struct {
	Version int      `json:"version"`
	Periods []*watch `json:"periods"`

	path    string
	damaged error      // why what was there is put aside
	mu      sync.Mutex // deliveries end side by side
	changed bool
}

// A watch is a budget in one of its periods.
type watch struct {
	Budget     string      `json:"budget"`
	Digest     string      `json:"digest"`
	Start      time.Time   `json:"start"`
	End        time.Time   `json:"end"`
	Reached    int         `json:"reached"` // the highest threshold that was; 0 for none
	Deliveries []*delivery `json:"deliveries"`
}

// A delivery is one alert for one receiver.
type delivery struct {
	Receiver  string    `json:"receiver"`
	ID        string    `json:"id"`
	Threshold int       `json:"threshold"`
	Status    status    `json:"status"`
	Tries     int       `json:"tries"`           // that failed
	Next      time.Time `json:"next"`            // not to be tried before
	Alert     *Alert    `json:"alert,omitempty"` // until it is sent
}

// A status is how far a delivery is. One that is sending when a round begins was
// cut: the receiver may have it or not, and gets it again under the same id.
type status string

const (
	waiting status = "waiting"
	sending status = "sending"
	sent    status = "sent"
)

// remember reads the file, which may be missing. One that cannot be read as such
// is put aside, since to tell something twice is better than not at all.
func remember(path string) (*memory, error) {
	m := &memory{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		m.Version = version
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("alerts that were sent: %w", err)
	}
	err = json.Unmarshal(text, m)
	for _, w := range m.Periods {
		if w == nil || slices.Contains(w.Deliveries, nil) {
			err = errors.New("an entry is null")
		}
	}
	switch {
	case err != nil:
		if err := os.Rename(path, path+".bad"); err != nil {
			return nil, fmt.Errorf("alerts that were sent: %s is damaged, and cannot be put aside: %w", path, err)
		}
		return &memory{Version: version, path: path, damaged: fmt.Errorf(
			"alerts that were sent: %s is damaged (%w) and now has .bad behind its name: some may be sent again, under their ids", path, err)}, nil
	case m.Version != version:
		return nil, fmt.Errorf("alerts that were sent: %s has the form %d, this program knows %d: use a newer ducat", path, m.Version, version)
	}
	return m, nil
}

// save writes the file if anything has changed: it is there whole, as it was
// before or as it is now, also when the power fails. The draft can have one name,
// for the lock is held.
func (m *memory) save() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.changed {
		return nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return err
	}
	if err := replaceFile(m.path, text.Bytes()); err != nil {
		return fmt.Errorf("alerts that were sent cannot be remembered: %w", err)
	}
	m.changed = false
	return nil
}

func replaceFile(path string, text []byte) error {
	draft := path + ".new"
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	_ = folder.Sync() // some systems cannot; the file itself is safe
	return folder.Close()
}

// change makes a change and writes the file.
func (m *memory) change(d *delivery, to delivery) error {
	m.mu.Lock()
	*d, m.changed = to, true
	m.mu.Unlock()
	return m.save()
}

// postpone is for a delivery whose file is written soon.
func (m *memory) postpone(d *delivery, next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d.Next, m.changed = next, true
}

// watch sees to it that a period is looked at from now on.
func (m *memory) watch(digest, budget string, w ledger.Window) {
	for _, known := range m.watches(digest) {
		if known.Start.Equal(w.Start) {
			return
		}
	}
	m.changed = true
	m.Periods = append(m.Periods, &watch{Budget: budget, Digest: digest, Start: w.Start.UTC(), End: w.End.UTC(), Deliveries: []*delivery{}})
}

// watches are the periods of a budget.
func (m *memory) watches(digest string) (found []*watch) {
	for _, w := range m.Periods {
		if w.Digest == digest {
			found = append(found, w)
		}
	}
	return found
}

func (m *memory) drop(unwanted func(*watch) bool) {
	before := len(m.Periods)
	m.Periods = slices.DeleteFunc(m.Periods, unwanted)
	m.changed = m.changed || len(m.Periods) != before
}

// errLate is why an alert is given up.
var errLate = fmt.Errorf("given up: its period ended more than %d hours ago", linger/time.Hour)

// forget drops periods that are long over, and says what was never told of them.
func (m *memory) forget(now time.Time) (lost []Outcome) {
	m.drop(func(w *watch) bool {
		if now.Before(w.End.Add(linger)) {
			return false
		}
		for _, d := range w.Deliveries {
			if d.Status != sent {
				lost = append(lost, Outcome{Alert: d.Alert, Receiver: d.Receiver, Err: errLate})
			}
		}
		return true
	})
	return lost
}

// digest names a budget by all that it counts: one that is changed begins anew.
func digest(b report.Budget) string {
	zone := ""
	if b.Zone != nil {
		zone = b.Zone.String()
	}
	text, _ := json.Marshal([]any{b.Name, b.Accounts, b.Models, b.Key, b.Unit(), b.Amount, b.Period, zone}) // of texts, so it cannot fail
	return hash(string(text))
}

// hash is short enough for a header, and long enough never to come twice.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
