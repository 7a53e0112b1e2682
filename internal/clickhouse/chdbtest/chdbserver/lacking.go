package main

import "regexp"

// The library is the engine without the rest of the server: it has no cluster to
// carry statements to, no replication, and nothing that removes what was dropped.
// Statements are freed of what would ask for those. What is left runs as it is.
var (
	defines = regexp.MustCompile(`(?i)^\s*(ALTER|ATTACH|CREATE|DETACH|DROP|EXCHANGE|OPTIMIZE|RENAME|TRUNCATE)\b`)
	lacking = []struct {
		what    *regexp.Regexp
		instead string
	}{
		// It runs on the one shard of the cluster, here.
		{regexp.MustCompile("(?i)\\s+ON\\s+CLUSTER\\s+(\\w+|'[^']*'|`[^`]*`|\"[^\"]*\")"), ""},
		// The table is its own only replica.
		{regexp.MustCompile(`(?i)\bReplicated(\w*MergeTree)\s*\(\s*'[^']*'\s*,\s*'[^']*'\s*(?:,\s*)?`), "$1("},
		{regexp.MustCompile(`(?i)\bReplicated(\w*MergeTree)\b`), "$1"},
		// The wait for the data to be gone would have no end.
		{regexp.MustCompile(`(?i)^(\s*DROP\b(?s:.*?))\s+SYNC\s*;?\s*$`), "$1"},
	}
)

// possible is the statement as the library can run it.
func possible(text string) string {
	if defines.MatchString(text) {
		for _, l := range lacking {
			text = l.what.ReplaceAllString(text, l.instead)
		}
	}
	return text
}
