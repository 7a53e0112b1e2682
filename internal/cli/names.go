package cli

import "strings"

// namesSaid is how many of many are named in a sentence.
const namesSaid = 5

// someOf names a few of many.
func someOf(names []string) string {
	if n := len(names); n > namesSaid {
		names = append(names[:namesSaid:namesSaid], plural(n-namesSaid, "more", "more"))
	}
	return printable(strings.Join(names, ", "))
}
