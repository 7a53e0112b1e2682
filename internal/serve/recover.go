package serve

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// recovered keeps a bug in a handler from ending the process. An answer that has
// begun is broken off, so that nobody takes its beginning for the whole.
func recovered(log *slog.Logger, w *recorder, r *http.Request, next http.Handler) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if fault == http.ErrAbortHandler { // the handler broke it off itself
			panic(fault)
		}
		log.Error("a handler failed", "path", r.URL.Path, "fault", fault, "stack", string(debug.Stack()))
		if w.status != 0 {
			panic(http.ErrAbortHandler)
		}
		access.Refuse(w, http.StatusInternalServerError, "the server failed; its log says why")
	}()
	next.ServeHTTP(w, r)
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
}
