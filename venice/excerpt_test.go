package venice

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	tests := []struct{ value, want string }{
		{"", `""`},
		{"abc", `"abc"`},
		{"a\x1b[31m\n\"b\"", `"a\x1b[31m\n\"b\""`},
		{strings.Repeat("a", 64), `"` + strings.Repeat("a", 64) + `"`},
		{strings.Repeat("a", 65), `"` + strings.Repeat("a", 64) + `"...`},
		{strings.Repeat("a", 63) + "€uro", `"` + strings.Repeat("a", 63) + `"...`},
		{strings.Repeat("\x80", 70), `"` + strings.Repeat(`\x80`, 60) + `"...`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			if got := excerpt(test.value); got != test.want {
				t.Errorf("excerpt(%q) = %s, want %s", test.value, got, test.want)
			}
		})
	}
}
