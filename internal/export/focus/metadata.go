package focus

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	generatorName = "Ducat"
	// schemaDate is when these columns were settled. It is no clock's time, so
	// that equal exports have equal bytes.
	schemaDate = "2026-11-27T00:00:00Z"
)

// A generator is FOCUS's DataGenerator object.
type generator struct {
	DataGenerator string
}

// A schema is FOCUS's Schema object.
type schema struct {
	SchemaID         string `json:"SchemaId"`
	FocusVersion     string
	CreationDate     string
	ColumnDefinition []columnDefinition
}

type columnDefinition struct {
	ColumnName       string
	DataType         string
	NumericPrecision int    `json:",omitempty"`
	NumberScale      int    `json:",omitempty"`
	StringMaxLength  int    `json:",omitempty"`
	StringEncoding   string `json:",omitempty"`
	Deprecated       bool   `json:",omitempty"`
}

func newSchema(o Options, columns []column) schema {
	s := schema{FocusVersion: o.Version, CreationDate: schemaDate}
	for _, c := range columns {
		d := columnDefinition{ColumnName: c.name, DataType: c.dataType, StringMaxLength: c.maxLength}
		switch c.dataType {
		case typeDecimal:
			d.NumericPrecision, d.NumberScale = precision, scale
		case typeString, typeJSON:
			d.StringEncoding = "UTF-8"
		}
		d.Deprecated = o.Version == Version13 && slices.Contains([]string{"ProviderName", "PublisherName"}, c.name)
		s.ColumnDefinition = append(s.ColumnDefinition, d)
	}
	s.SchemaID = uuidOf(s)
	return s
}

// uuidOf is a UUID of version 8 that is made from content, so that any change of
// the columns is another schema, and the same columns are the same.
func uuidOf(s schema) string {
	text, err := json.Marshal(s)
	if err != nil { // plain structs always have a JSON form
		text = nil
	}
	id := sha256.Sum256(text)
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// A manifest says what a partition is.
type manifest struct {
	SchemaID           string `json:"SchemaId"`
	FocusVersion       string
	DataGenerator      string
	BillingPeriodStart time.Time
	BillingPeriodEnd   time.Time
	Basis              string
	AllowanceCost      string
	Grain              string
	Profile            string
	Complete           bool
	Missing            []missing
	Entries            int64
	Rows               int64
	Skipped            map[string]int64
	Rejected           map[string]int64
	Reported           map[string]int64
	DataLocation       []dataFile `json:"data_location"`
}

// missing is a part of the month of which the books know nothing.
type missing struct {
	Account    string
	Start, End time.Time
}

func newManifest(o Options, schemaID string, month Month, files []dataFile) manifest {
	period := month.window()
	m := manifest{
		SchemaID: schemaID, FocusVersion: o.Version, DataGenerator: generatorName,
		BillingPeriodStart: period.Start, BillingPeriodEnd: period.End,
		Basis: o.Basis, AllowanceCost: o.AllowanceCost, Grain: o.Grain, Profile: o.Profile,
		Missing: []missing{},
		Entries: month.Entries, Rows: month.Rows,
		Skipped: month.Skipped, Rejected: month.Rejected, Reported: month.Reported,
		DataLocation: files,
	}
	for _, known := range o.Coverage {
		for _, w := range known.Missing {
			w.Start, w.End = w.Start.UTC(), w.End.UTC()
			w = w.Intersect(period)
			if !w.Empty() {
				m.Missing = append(m.Missing, missing{known.Account, w.Start, w.End})
			}
		}
	}
	// A hole elsewhere leaves this month complete, if the caller told of all holes.
	m.Complete = len(m.Missing) == 0 && (o.Complete || len(o.Coverage) > 0)
	return m
}
