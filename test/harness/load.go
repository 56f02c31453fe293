package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Load is a stream of requests at a fixed rate, however slow the answers, each counted.
type Load struct {
	sent, lost atomic.Int64
	mu         sync.Mutex
	reasons    map[string]int
	stop       context.CancelFunc
	done       sync.WaitGroup
}

// StartLoad sends rate requests a second to a URL until End is called.
func StartLoad(url string, rate int) *Load {
	ctx, stop := context.WithCancel(context.Background())
	l := &Load{reasons: map[string]int{}, stop: stop}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	l.done.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				l.done.Go(func() { l.count(fetch(client, url)) })
			}
		}
	})
	return l
}

func (l *Load) count(err error) {
	l.sent.Add(1)
	if err == nil {
		return
	}
	l.lost.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reasons[err.Error()]++
}

func fetch(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", res.Status)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// End stops the stream, waits for the answers that are due, and says how many requests were sent and lost, and why.
func (l *Load) End() (sent, lost int64, reasons map[string]int) {
	l.stop()
	l.done.Wait()
	return l.sent.Load(), l.lost.Load(), l.reasons
}
