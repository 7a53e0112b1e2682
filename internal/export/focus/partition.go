package focus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A partition is the files of a month in the making.
type partition struct {
	dir     string
	options Options
	columns []column
	file    *os.File // the current part
	table   *table
	files   []dataFile
}

// A dataFile is a part that is done.
type dataFile struct {
	Path  string `json:"filepath"`
	Bytes int64  `json:"total_bytes"`
	Rows  int64  `json:"total_rows"`
}

func newPartition(dir string, o Options, columns []column) (*partition, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	p := &partition{dir: dir, options: o, columns: columns}
	return p, p.open()
}

// open begins the next part.
func (p *partition) open() (err error) {
	name := fmt.Sprintf("part-%05d%s", len(p.files)+1, extensions[p.options.Compress])
	if p.file, err = os.Create(filepath.Join(p.dir, name)); err != nil {
		return err
	}
	p.table, err = newTable(p.file, p.options.Compress, p.columns)
	return err
}

func (p *partition) write(record []string) error {
	if p.options.Profile != ProfileVantage {
		return p.table.write(record)
	}
	return p.writeWithin(record, vantageRows, vantageBytes)
}

// writeWithin begins another part before one grows beyond the limits.
func (p *partition) writeWithin(record []string, rows, bytes int64) error {
	if err := p.table.spell(record); err != nil {
		return err
	}
	if p.table.rows > 0 && (p.table.rows == rows || p.table.bytes+int64(p.table.line.Len()) > bytes) {
		if err := p.closePart(); err != nil {
			return err
		}
		if err := p.open(); err != nil {
			return err
		}
		return p.table.write(record)
	}
	p.table.rows++
	return p.table.put()
}

func (p *partition) closePart() error {
	if err := errors.Join(p.table.close(), p.abandon()); err != nil {
		return err
	}
	return p.list()
}

// list notes the part that was closed.
func (p *partition) list() error {
	rows, name := p.table.rows, p.fileName()
	info, err := os.Stat(filepath.Join(p.dir, name))
	if err != nil {
		return err
	}
	p.files = append(p.files, dataFile{name, info.Size(), rows})
	return nil
}

func (p *partition) fileName() string { return filepath.Base(p.file.Name()) }

// finish closes the last part.
func (p *partition) finish(ctx context.Context) error {
	if err := p.closePart(); err != nil {
		return err
	}
	if p.options.File == Parquet {
		return p.toParquet(ctx)
	}
	return nil
}

// toParquet puts a Parquet file in the place of the CSV.
func (p *partition) toParquet(ctx context.Context) error {
	columns := make([]SQLColumn, len(p.columns))
	for i, c := range p.columns {
		columns[i] = SQLColumn{c.name, c.sqlType()}
	}
	file, made := &p.files[0], "part-00001.parquet"
	from, to := filepath.Join(p.dir, file.Path), filepath.Join(p.dir, made)
	if err := p.options.ToParquet(ctx, from, to, columns); err != nil {
		return fmt.Errorf("focus: writing Parquet: %w", err)
	}
	info, err := os.Stat(to)
	if err != nil {
		return fmt.Errorf("focus: writing Parquet: %w", err)
	}
	file.Path, file.Bytes = made, info.Size()
	return os.Remove(from)
}

// abandon closes the current part as it is.
func (p *partition) abandon() error {
	if p.file == nil {
		return nil
	}
	if err := p.file.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
