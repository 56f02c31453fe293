package gateway

import (
	"fmt"
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"

	corev1 "k8s.io/api/core/v1"
)

// A pod whose network went sends neither an answer nor a reset: only its deletion says that nothing will come.
func TestARequestToAPodThatIsNoMoreIsTriedOnAnother(t *testing.T) {
	w := start(t, nil)
	never := make(chan struct{})
	gone := startPod(t, "gone", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-never }))
	t.Cleanup(func() { close(never) }) // before the server is closed
	simple(t, w, nil, gone)
	pod, err := store.Create(w.store, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "gone"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Modify(w.store, "shop", "api-gone", func(s *discoveryv1.EndpointSlice) error {
		s.Endpoints[0].TargetRef.UID = pod.UID
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gateway knows the pod", func() bool {
		ready := w.gateway.table.Load().pools[backendKey{"shop", "api", "80"}].ready
		return len(ready) == 1 && ready[0].key.pod == pod.UID
	})
	answer := make(chan string, 1)
	go func() {
		code, body := w.get("/x")
		answer <- fmt.Sprint(code, " ", body)
	}()
	eventually(t, "it is in flight", func() bool { return w.gateway.Counts()["shop/api"].InFlight == 1 })
	if err := store.Delete[*discoveryv1.EndpointSlice](w.store, "shop", "api-gone", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	back(t, w, "api", startPod(t, "other", say("other")))
	if err := store.Delete[*corev1.Pod](w.store, "shop", "gone", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := <-answer; got != "200 other /x" {
		t.Errorf("answer is %q", got)
	}
}
