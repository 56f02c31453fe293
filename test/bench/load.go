package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests at a fixed rate, however slow the answers, and counts those that fail.
type load struct {
	sent, lost atomic.Int64
	stop       context.CancelFunc
	done       sync.WaitGroup
}

func startLoad(url string, rate int) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{stop: stop}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	l.done.Add(1)
	go func() {
		defer l.done.Done()
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for ctx.Err() == nil {
			<-tick.C
			l.done.Add(1)
			go func() {
				defer l.done.Done()
				l.sent.Add(1)
				if !answers(client, url) {
					l.lost.Add(1)
				}
			}()
		}
	}()
	return l
}

func (l *load) end() (sent, lost int64) {
	l.stop()
	l.done.Wait()
	return l.sent.Load(), l.lost.Load()
}

func answers(client *http.Client, url string) bool {
	res, err := client.Get(url)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusOK
}

// until asks every few milliseconds, for a minute at the most.
func until(ctx context.Context, yes func() bool) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if yes() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(3 * time.Millisecond):
		}
	}
	return context.DeadlineExceeded
}
