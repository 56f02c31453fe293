package deliver

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many requests are under way together.
const atOnce = 16

// each runs do for every element, several at once, and returns the first error.
func each[T any](ctx context.Context, list []T, do func(context.Context, T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, v := range list {
		g.Go(func() error { return do(ctx, v) })
	}
	return g.Wait()
}
