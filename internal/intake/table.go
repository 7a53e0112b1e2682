package intake

import "context"

// readTable reads the rows of a Parquet file.
func (f *File) readTable(ctx context.Context, yield func(Row, error) bool) {
	n := 0
	for e, err := range f.table.Entries(ctx) {
		n++
		if err != nil {
			yield(Row{}, f.explain(ctx, err))
			return
		}
		f.passed = int64(n)
		if !yield(Row{e.Account, n, e.UsageEntry}, nil) {
			return
		}
	}
}
