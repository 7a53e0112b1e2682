package cli

import "testing"

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"GLM 5.1 · größer 模型": "GLM 5.1 · größer 模型",
		"a\x1b[2Jb":           "a\uFFFD[2Jb",
		"a\tb\nc\rd":          "a\uFFFDb\uFFFDc\uFFFDd",
		"\u009b31m\u202e":     "\uFFFD31m\uFFFD",
		"\xff":                "\uFFFD",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}
