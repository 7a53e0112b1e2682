package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var files embed.FS

// An asset is a file that the page needs, under a name that changes with what is
// in it.
type asset struct {
	path    string // /assets/dashboard.0123456789ab.css
	content []byte
}

// The assets. What is embedded can be read.
var (
	stylesheet = load("dashboard.css")
	script     = load("dashboard.js")
	icon       = load("icon.svg")
)

func load(name string) asset {
	content, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // a mistake that the build would have to make
	}
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	return asset{"/assets/" + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension, content}
}

// serveAsset answers for good: a changed file has another name.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	for _, a := range []asset{stylesheet, script, icon} {
		if a.path == r.URL.Path {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.ServeContent(w, r, a.path, time.Time{}, bytes.NewReader(a.content))
			return
		}
	}
	http.NotFound(w, r)
}
