package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/home"
)

// keepers holds the connection to the keeper and makes a new one, with a new keeper if need be, when it is lost.
type keepers struct {
	home   home.Dir
	log    *slog.Logger
	ended  func(*keeper.Container)
	listed func([]*keeper.Container)

	mu  sync.Mutex
	now *keeper.Client
}

func newKeepers(h home.Dir, log *slog.Logger, ended func(*keeper.Container), listed func([]*keeper.Container)) *keepers {
	return &keepers{home: h, log: log, ended: ended, listed: listed}
}

// connect reaches the keeper and returns what it knows.
func (k *keepers) connect(ctx context.Context) ([]*keeper.Container, error) {
	c, err := keeper.Ensure(ctx, k.home, k.ended)
	if err != nil {
		return nil, err
	}
	all, err := c.Watch(ctx)
	if err != nil {
		c.Close()
		return nil, err
	}
	k.mu.Lock()
	k.now = c
	k.mu.Unlock()
	return all, nil
}

// run keeps the connection until ctx ends.
func (k *keepers) run(ctx context.Context) {
	go func() {
		for ctx.Err() == nil {
			k.mu.Lock()
			done := k.now.Done()
			k.mu.Unlock()
			select {
			case <-ctx.Done():
				return
			case <-done:
			}
			k.log.Warn("the keeper of the containers is gone; another takes over")
			all, err := k.connect(ctx)
			for pause := 50 * time.Millisecond; err != nil && ctx.Err() == nil; pause = min(2*pause, 10*time.Second) {
				k.log.Error("keeper of the containers", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
				all, err = k.connect(ctx)
			}
			if err == nil {
				k.listed(all)
			}
		}
	}()
}

func (k *keepers) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now != nil {
		k.now.Close()
	}
}

// client is a living connection; it waits for one.
func (k *keepers) client(ctx context.Context) (*keeper.Client, error) {
	for {
		k.mu.Lock()
		c := k.now
		k.mu.Unlock()
		if c != nil {
			select {
			case <-c.Done():
			default:
				return c, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// do calls the keeper, again if it went away meanwhile; every call may be repeated.
func (k *keepers) do(ctx context.Context, call func(*keeper.Client) error) error {
	for {
		c, err := k.client(ctx)
		if err != nil {
			return err
		}
		if err := call(c); !errors.Is(err, keeper.ErrLost) {
			return err
		}
	}
}

func (k *keepers) signal(ctx context.Context, id string, sig int) error {
	err := k.do(ctx, func(c *keeper.Client) error { return c.Signal(ctx, id, sig) })
	if errors.Is(err, keeper.ErrMissing) {
		return nil
	}
	return err
}

// remove forgets a container that is over, and returns when what it left on the machine is gone.
func (k *keepers) remove(ctx context.Context, id string) {
	if err := k.do(ctx, func(c *keeper.Client) error { return c.Remove(ctx, id) }); err != nil && ctx.Err() == nil {
		k.log.Error("container not forgotten", "container", id, "error", err)
	}
}

// forget tells the keeper, in the background, that the end of a container is written down.
func (k *keepers) forget(ids ...string) {
	k.mu.Lock()
	c := k.now
	k.mu.Unlock()
	if c == nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		for _, id := range ids {
			_ = c.Remove(ctx, id) // at the next start, what no pod knows is removed
		}
	}()
}
