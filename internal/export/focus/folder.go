package focus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A folder is a sink that keeps to the layout of docs/focus.md. Everything is
// made in a workshop beside it and renamed to its place when it is whole.
type folder struct {
	dir, workshop string
	options       Options
	columns       []column
	schema        schema
	partition     *partition // the one in the making
	rejects       *rejects   // nil while there are none
}

// openFolder makes the folder with its metadata, and repairs what an export that
// died has left.
func openFolder(dir string, o Options, columns []column) (*folder, error) {
	f := &folder{dir: dir, options: o, columns: columns, schema: newSchema(o, columns)}
	for _, needed := range []string{filepath.Join("metadata", "schemas"), "data"} {
		if err := os.MkdirAll(filepath.Join(dir, needed), 0o755); err != nil {
			return nil, fmt.Errorf("focus: making the export's folder: %w", err)
		}
	}
	if err := f.repair(); err != nil {
		return nil, fmt.Errorf("focus: tidying up after an export that was ended: %w", err)
	}
	workshop, err := os.MkdirTemp(dir, workshopPrefix)
	if err != nil {
		return nil, fmt.Errorf("focus: making the export's folder: %w", err)
	}
	f.workshop = workshop
	err = f.publish(f.schema, "metadata", "schemas", "schema-"+f.schema.SchemaID+".json")
	if err == nil {
		err = f.publish(generator{generatorName}, "metadata", "data_generator.json")
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

const (
	workshopPrefix = ".focus-"
	// replaced is the folder in a workshop for partitions that give way.
	replaced        = "replaced"
	partitionPrefix = "BILLING_PERIOD="
)

// repair removes the workshops of exports that died. A partition that was on its
// way out when its successor was not yet in comes back.
func (f *folder) repair() error {
	files, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), workshopPrefix) {
			continue
		}
		workshop := filepath.Join(f.dir, file.Name())
		old, err := os.ReadDir(filepath.Join(workshop, replaced))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, partition := range old {
			place := filepath.Join(f.dir, "data", partition.Name())
			if _, err := os.Lstat(place); errors.Is(err, fs.ErrNotExist) {
				if err := os.Rename(filepath.Join(workshop, replaced, partition.Name()), place); err != nil {
					return err
				}
			}
		}
		if err := os.RemoveAll(workshop); err != nil {
			return err
		}
	}
	return nil
}

// publish writes a JSON file of the folder.
func (f *folder) publish(content any, place ...string) error {
	draft := filepath.Join(f.workshop, place[len(place)-1])
	if err := writeJSON(draft, content); err != nil {
		return err
	}
	return os.Rename(draft, filepath.Join(f.dir, filepath.Join(place...)))
}

func writeJSON(path string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func (f *folder) begin(start time.Time) error {
	name := partitionPrefix + start.Format("2006-01")
	p, err := newPartition(filepath.Join(f.workshop, name), f.options, f.columns)
	f.partition = p
	return err
}

func (f *folder) write(record []string) error { return f.partition.write(record) }

func (f *folder) reject(r Reject) error {
	if f.rejects == nil {
		opened, err := newRejects(filepath.Join(f.workshop, rejectsName))
		if err != nil {
			return err
		}
		f.rejects = opened
	}
	return f.rejects.write(r)
}

// end puts the month's partition in its place.
func (f *folder) end(ctx context.Context, m Month) error {
	if err := f.partition.finish(ctx); err != nil {
		return err
	}
	made := f.partition.dir
	manifest := newManifest(f.options, f.schema.SchemaID, m, f.partition.files)
	if err := writeJSON(filepath.Join(made, "manifest.json"), manifest); err != nil {
		return err
	}
	f.partition = nil
	name := filepath.Base(made)
	place, aside := filepath.Join(f.dir, "data", name), filepath.Join(f.workshop, replaced, name)
	if err := os.MkdirAll(filepath.Dir(aside), 0o755); err != nil {
		return err
	}
	// A folder cannot be renamed over another one. Between the two steps the month
	// is away as a whole, and repair brings it back.
	if err := os.Rename(place, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("focus: replacing %s: %w", place, err)
	}
	if err := os.Rename(made, place); err != nil {
		return errors.Join(fmt.Errorf("focus: writing %s: %w", place, err), f.bringBack(aside, place))
	}
	return os.RemoveAll(aside)
}

func (f *folder) bringBack(aside, place string) error {
	if err := os.Rename(aside, place); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// finish puts the list of rejected entries in its place, or removes that of an
// earlier export.
func (f *folder) finish() error {
	place := filepath.Join(f.dir, "metadata", rejectsName)
	if f.rejects == nil {
		if err := os.Remove(place); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := f.rejects.close(); err != nil {
		return err
	}
	f.rejects = nil
	return os.Rename(filepath.Join(f.workshop, rejectsName), place)
}

// close removes the workshop, with what is not finished.
func (f *folder) close() error {
	var err error
	if f.partition != nil {
		err = f.partition.abandon()
	}
	if f.rejects != nil {
		err = errors.Join(err, f.rejects.file.Close())
	}
	return errors.Join(err, os.RemoveAll(f.workshop))
}
