package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

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
