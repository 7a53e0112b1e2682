package config

import (
	"cmp"
	"path/filepath"
	"runtime"
	"strings"
)

// configFolder is [os.UserConfigDir] of any environment, or "".
func configFolder(env Env) string {
	switch runtime.GOOS {
	case "windows":
		return env("AppData")
	case "darwin", "ios":
		return under(home(env), "Library/Application Support")
	}
	return cmp.Or(absolute(env("XDG_CONFIG_HOME")), under(home(env), ".config"))
}

// dataFolder is where the user's programs keep what they gather, or "".
func dataFolder(env Env) string {
	return cmp.Or(absolute(env("XDG_DATA_HOME")), under(home(env), ".local/share"))
}

func home(env Env) string {
	if runtime.GOOS == "windows" {
		return env("USERPROFILE")
	}
	return env("HOME")
}

// absolute drops a relative path: the XDG standard says to ignore such.
func absolute(path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	return path
}

func under(folder, name string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, filepath.FromSlash(name))
}

// resolve makes a path of the file usable from anywhere.
func resolve(path, folder string, env Env) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && home(env) != "" {
		return filepath.Join(home(env), rest)
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}
