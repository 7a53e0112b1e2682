// Package access says who may see what of the books that are served.
package access

import "context"

// A Viewer is who asks: a person or a program.
type Viewer struct {
	// Name is that of the token, or "" for anybody on this machine.
	Name string
	// Account is the only account that may be seen; "" is all of them.
	Account string
}

type viewerKey struct{}

// With is a context of requests by a viewer.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// Of is who asks. Where nobody was let in, it is a viewer of nothing: ok is false.
func Of(ctx context.Context) (v Viewer, ok bool) {
	v, ok = ctx.Value(viewerKey{}).(Viewer)
	return v, ok
}
