// Command app is what the benchmark runs in every container: it answers, and finishes what it has begun when told to
// stop.
package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := &http.Server{Addr: ":8080", ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(os.Getenv("VERSION") + "\n"))
	})}
	go func() {
		<-ctx.Done()
		_ = s.Shutdown(context.Background())
	}()
	_ = s.ListenAndServe()
	time.Sleep(50 * time.Millisecond)
}
