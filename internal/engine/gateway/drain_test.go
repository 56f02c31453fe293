package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func (p *pod) object() *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: p.name, UID: types.UID("uid-" + p.name)}}
}

func TestADrainedPodFinishesWhatItHasAndGetsNothingNew(t *testing.T) {
	w := start(t, nil)
	hold := make(chan struct{})
	old := startPod(t, "old", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			<-hold
		}
		fmt.Fprint(w, "old")
	}))
	simple(t, w, nil, old)
	answer := make(chan string, 1)
	go func() {
		_, body := w.get("/hold")
		answer <- body
	}()
	eventually(t, "it is in flight", func() bool { return w.gateway.Counts()["shop/api"].InFlight == 1 })
	back(t, w, "api", startPod(t, "next", say("next")))
	eventually(t, "the next one is there", func() bool {
		return len(w.gateway.table.Load().pools[backendKey{"shop", "api", "80"}].ready) == 2
	})
	drained := make(chan struct{})
	go func() {
		w.gateway.Drain(context.Background(), old.object()) // although its EndpointSlice still says ready
		close(drained)
	}()
	eventually(t, "it is closed", func() bool {
		for range 5 {
			if _, body := w.get("/"); body != "next /" {
				return false
			}
		}
		return true
	})
	// Its EndpointSlice is written once more, as ready: it gets nothing all the same.
	if _, err := store.Modify(w.store, "shop", "api-old", func(s *discoveryv1.EndpointSlice) error {
		s.Annotations = map[string]string{"touched": "yes"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, body := w.get("/"); body != "next /" {
			t.Fatal(body)
		}
	}
	select {
	case <-drained:
		t.Error("drained with a request in flight")
	default:
	}
	close(hold)
	if body := <-answer; body != "old" {
		t.Error(body)
	}
	<-drained
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.gateway.Drain(ctx, old.object()) // again, and with no time: returns
}

func TestARollingReplacementUnderLoadLosesNothing(t *testing.T) {
	w := start(t, nil)
	serial := 0
	next := func() *pod {
		serial++
		name := fmt.Sprintf("p%d", serial)
		return startPod(t, name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			time.Sleep(time.Millisecond)
			fmt.Fprint(w, len(b))
		}))
	}
	pods := []*pod{next(), next(), next()}
	simple(t, w, nil, pods...)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var sent, lost atomic.Int64
	for worker := range 8 {
		client := &http.Client{Transport: &http.Transport{}}
		wg.Go(func() {
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				method, body := http.MethodGet, ""
				if worker%2 == 0 {
					method, body = http.MethodPost, strings.Repeat("x", 1000)
				}
				r, _ := http.NewRequest(method, w.url, strings.NewReader(body))
				res, err := client.Do(r)
				sent.Add(1)
				if err != nil {
					lost.Add(1)
					t.Log(err)
					continue
				}
				b, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || string(b) != fmt.Sprint(len(body)) {
					lost.Add(1)
					t.Logf("%s %d %s %v", method, res.StatusCode, b, err)
				}
			}
		})
	}
	for round := range 12 {
		enough := sent.Load() + 100
		eventually(t, "requests flow", func() bool { return sent.Load() > enough })
		fresh := next()
		back(t, w, "api", fresh)
		old := pods[0]
		pods = append(pods[1:], fresh)
		if round%2 == 0 { // as the node does it; the odd rounds only by the EndpointSlice
			w.gateway.Drain(ctx, old.object())
		} else {
			old.condition(t, w, false, true)
		}
		if err := store.Delete[*discoveryv1.EndpointSlice](w.store, "shop", "api-"+old.name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.gateway.Drain(ctx, old.object())
		old.server.CloseClientConnections()
		old.server.Close()
	}
	cancel()
	wg.Wait()
	if lost.Load() > 0 || sent.Load() < 1000 {
		t.Errorf("%d of %d requests were lost", lost.Load(), sent.Load())
	}
	if _, err := store.Modify(w.store, "shop", "api", func(s *corev1.Service) error { s.Labels = map[string]string{"a": "b"}; return nil }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "only what exists is remembered", func() bool {
		w.gateway.endpoints.mu.Lock()
		defer w.gateway.endpoints.mu.Unlock()
		return len(w.gateway.endpoints.all) == 3
	})
}
