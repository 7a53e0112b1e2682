package focustest

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A folder is an export as it was found.
type folder struct {
	root       string
	columns    columnSet
	schemas    map[string]*schema // by file
	rejects    []reject
	partitions []*partition
}

// A partition is a billing month.
type partition struct {
	dir      string
	month    time.Time // zero where the folder's name is no month
	manifest *manifest // nil where there is none that can be read
	parts    []*part
}

func (p *partition) rows() iter.Seq[*row] {
	return func(yield func(*row) bool) {
		for _, part := range p.parts {
			for _, r := range part.rows {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (f folder) rows() iter.Seq[*row] {
	return func(yield func(*row) bool) {
		for _, p := range f.partitions {
			for r := range p.rows() {
				if !yield(r) {
					return
				}
			}
		}
	}
}

type schema struct {
	SchemaID         string `json:"SchemaId"`
	FocusVersion     string
	CreationDate     string
	ColumnDefinition []columnDefinition
}

type columnDefinition struct {
	ColumnName       string
	DataType         dataType
	NumericPrecision *int
	NumberScale      *int
	StringMaxLength  *int
	StringEncoding   string
}

type manifest struct {
	SchemaID           string `json:"SchemaId"`
	FocusVersion       string
	DataGenerator      string
	BillingPeriodStart string
	BillingPeriodEnd   string
	Basis              string
	AllowanceCost      string
	Grain              string
	Profile            string
	Complete           bool
	Missing            []missing
	Entries            int
	Rows               int
	Skipped            map[string]int
	Rejected           map[string]int
	Reported           map[string]int
	DataLocation       []location `json:"data_location"`
}

type missing struct{ Account, Start, End string }

type location struct {
	FilePath   string `json:"filepath"`
	TotalBytes int64  `json:"total_bytes"`
	TotalRows  int    `json:"total_rows"`
}

// A reject is a row of rejects.csv.
type reject struct {
	Reason, Account, Timestamp, SKU, Amount, Currency string
}

const (
	schemaFolder  = "metadata/schemas"
	generatorFile = "metadata/data_generator.json"
	rejectsFile   = "metadata/rejects.csv"
	dataFolder    = "data"
	manifestName  = "manifest.json"
)

// read takes in every file of the export, and reports those that have no place.
func (v *validator) read(root string) folder {
	f := folder{root: root, columns: v.want.columns(), schemas: map[string]*schema{}}
	v.folder = f // so that what is read below can be judged
	partitions := map[string]*partition{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(relative)
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		dir, base := path.Split(file)
		dir = path.Clean(dir)
		switch {
		case file == generatorFile:
			v.readGenerator(file, data)
		case file == rejectsFile:
			f.rejects = v.readRejects(file, data)
		case dir == schemaFolder && path.Ext(base) == ".json":
			f.schemas[file] = readJSON[schema](v, SchemaMatch, file, data)
		case path.Dir(dir) == dataFolder:
			p := partitions[dir]
			if p == nil {
				p = &partition{dir: dir}
				partitions[dir] = p
				f.partitions = append(f.partitions, p)
				p.month, err = time.Parse("BILLING_PERIOD=2006-01", path.Base(dir))
				if err != nil {
					v.file(PartitionContent, dir, "is not named BILLING_PERIOD=yyyy-mm")
				}
			}
			if base == manifestName {
				p.manifest = readJSON[manifest](v, PartitionContent, file, data)
			} else {
				p.parts = append(p.parts, v.readPart(file, data))
			}
		default:
			v.file(PartitionContent, file, "has no place in an export")
		}
		return nil
	})
	if err != nil {
		v.file(FileEncoding, ".", "cannot be read: %v", err)
		v.unread = true
	}
	return f
}

func readJSON[T any](v *validator, check Check, file string, data []byte) *T {
	var content T
	if err := json.Unmarshal(data, &content); err != nil {
		v.file(check, file, "is not the JSON that it should be: %v", err)
		return nil
	}
	return &content
}

func (v *validator) readGenerator(file string, data []byte) {
	content := readJSON[struct{ DataGenerator string }](v, SchemaMatch, file, data)
	if content != nil && content.DataGenerator != "Ducat" {
		v.file(SchemaMatch, file, "DataGenerator %q; want Ducat", content.DataGenerator)
	}
}

func (v *validator) readRejects(file string, data []byte) []reject {
	header := []string{"Reason", "Account", "Timestamp", "Sku", "Amount", "Currency"}
	records, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err == nil && (len(records) == 0 || !slices.Equal(records[0], header)) {
		err = errors.New("its header should be " + strings.Join(header, ","))
	}
	if err != nil {
		v.file(RowCounts, file, "cannot be read: %v", err)
		return nil
	}
	rejects := make([]reject, 0, len(records))
	for _, r := range records[1:] {
		rejects = append(rejects, reject{Reason: r[0], Account: r[1], Timestamp: r[2], SKU: r[3], Amount: r[4], Currency: r[5]})
	}
	return rejects
}
