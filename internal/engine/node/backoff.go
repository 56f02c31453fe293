package node

import (
	"fmt"
	"time"
)

// The kubelet's back-off of restarts: none before the first, then 10 s, doubled up to 5 min, and forgotten by a
// container that ran for twice that. See
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
const (
	backOffFirst = 10 * time.Second
	backOffMost  = 5 * time.Minute
)

// backingOff tells whether the container has to wait, and until when.
func (c *container) backingOff() (time.Time, bool) {
	if c.Delay == 0 {
		return time.Time{}, false
	}
	ended := c.Last.FinishedAt.Time
	if ended.Sub(c.Delayed) > 2*backOffMost {
		return time.Time{}, false
	}
	until := ended.Add(c.Delay)
	return until, time.Now().Before(until)
}

// delayNext makes the next restart wait longer; it is called when a container is restarted.
func (c *container) delayNext(now time.Time) {
	if c.Delay == 0 || now.Sub(c.Delayed) > 2*backOffMost {
		c.Delay = backOffFirst
	} else {
		c.Delay = min(2*c.Delay, backOffMost)
	}
	c.Delayed = now
}

func backOffText(c *container, w *worker) string {
	return fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", c.Delay, c.name, w.full())
}

// longer is the next pause between tries to get an image or a configuration.
func longer(d time.Duration) time.Duration {
	if d == 0 {
		return backOffFirst
	}
	return min(2*d, backOffMost)
}
