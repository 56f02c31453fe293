package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/slipway-sh/slipway/internal/home"
)

// ErrLost says that the keeper went away before it answered; what was asked may have been done or not.
var ErrLost = errors.New("the keeper of the containers went away")

// ErrMissing says that the keeper does not know a container.
var ErrMissing = errors.New("container not known to the keeper")

// Client is an engine's connection to its keeper.
type Client struct {
	PID    int // of the keeper
	conn   net.Conn
	mu     sync.Mutex
	enc    *json.Encoder
	seq    uint64
	wait   map[uint64]chan *message
	events func(*Container)
	done   chan struct{}
}

// Dial connects to a keeper that runs. events is called, from one goroutine, for every container that ends after
// Watch.
func Dial(h home.Dir, events func(*Container)) (*Client, error) {
	conn, err := net.Dial("unix", h.KeeperSocket())
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, enc: json.NewEncoder(conn), wait: map[uint64]chan *message{}, events: events, done: make(chan struct{})}
	go c.read()
	return c, nil
}

func (c *Client) read() {
	dec := json.NewDecoder(c.conn)
	for {
		m := &message{}
		if err := dec.Decode(m); err != nil {
			break
		}
		if m.Seq == 0 {
			if m.Container != nil && c.events != nil {
				c.events(m.Container)
			}
			continue
		}
		c.mu.Lock()
		ch := c.wait[m.Seq]
		delete(c.wait, m.Seq)
		c.mu.Unlock()
		if ch != nil {
			ch <- m
		}
	}
	c.conn.Close()
	close(c.done)
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the connection; the keeper lives on.
func (c *Client) Close() { c.conn.Close() }

func (c *Client) call(ctx context.Context, r *request) (*message, error) {
	ch := make(chan *message, 1)
	c.mu.Lock()
	c.seq++
	r.Seq = c.seq
	c.wait[r.Seq] = ch
	err := c.enc.Encode(r)
	c.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	select {
	case m := <-ch:
		if m.Missing {
			return m, ErrMissing
		}
		if m.Error != "" {
			return m, errors.New(m.Error)
		}
		return m, nil
	case <-c.done:
		return nil, ErrLost
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Watch begins the events and returns every container that the keeper has not been told to Remove.
func (c *Client) Watch(ctx context.Context) ([]*Container, error) {
	m, err := c.call(ctx, &request{Call: "watch"})
	if err != nil {
		return nil, err
	}
	return m.Containers, nil
}

// Start starts a container; if there is one of that ID, that is the answer.
func (c *Client) Start(ctx context.Context, s *Spec) (*Container, error) {
	m, err := c.call(ctx, &request{Call: "start", Spec: s})
	if err != nil {
		return nil, err
	}
	return m.Container, nil
}

// Signal sends a signal to a container's first process; none to one that is over.
func (c *Client) Signal(ctx context.Context, id string, signal int) error {
	_, err := c.call(ctx, &request{Call: "signal", ID: id, Signal: signal})
	return err
}

// Remove makes the keeper forget a container that is over.
func (c *Client) Remove(ctx context.Context, id string) error {
	_, err := c.call(ctx, &request{Call: "remove", ID: id})
	return err
}

// SetZone gives the keeper the Names that pods can look up, as JSON.
func (c *Client) SetZone(ctx context.Context, zone json.RawMessage) error {
	_, err := c.call(ctx, &request{Call: "zone", Zone: zone})
	return err
}

func (c *Client) hello(ctx context.Context) (version int, err error) {
	m, err := c.call(ctx, &request{Call: "hello"})
	if err != nil {
		return 0, err
	}
	c.PID = m.PID
	return m.Version, nil
}

// Process is the process number of the keeper.
func (c *Client) Process(ctx context.Context) (int, error) {
	_, err := c.hello(ctx)
	return c.PID, err
}

func (c *Client) replace(ctx context.Context, exe string) error {
	_, err := c.call(ctx, &request{Call: "replace", Exe: exe})
	return err
}
