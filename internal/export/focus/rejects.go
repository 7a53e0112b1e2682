package focus

import (
	"encoding/csv"
	"errors"
	"os"
)

const rejectsName = "rejects.csv"

// rejects is the list of rejected entries, for people.
type rejects struct {
	file *os.File
	csv  *csv.Writer
}

func newRejects(path string) (*rejects, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r := &rejects{file, csv.NewWriter(file)}
	return r, r.csv.Write([]string{"Reason", "Account", "Timestamp", "Sku", "Amount", "Currency"})
}

func (l *rejects) write(r Reject) error {
	return l.csv.Write([]string{
		safe(r.Reason), safe(r.Account), timestamp(r.Timestamp.UTC()), safe(r.SKU), r.Amount.String(), safe(string(r.Currency)),
	})
}

func (l *rejects) close() error {
	l.csv.Flush()
	return errors.Join(l.csv.Error(), l.file.Close())
}
