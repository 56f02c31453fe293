package network

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestDrainWaitsForConnectionsThatAreInUse(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	b := h.serve(h.run(newPod("shop", "b")), 8080)
	client := h.run(newPod("shop", "client"))
	svc := h.service("api", nil, a, b)
	h.settle()
	to := at(svc.Spec.ClusterIP, 80)
	var used interface{ Close() error }
	stop := make(chan struct{})
	for used == nil { // a connection that leads to a, on which something is said all the time
		c, err := h.dial(client, "tcp", to, time.Second)
		must(t, err)
		if who, _, err := say(c, time.Second); err != nil || who != "a" {
			_ = c.Close()
			continue
		}
		used = c
		go func() {
			for {
				select {
				case <-stop:
					_ = c.Close()
					return
				case <-time.After(20 * time.Millisecond):
					_, _, _ = say(c, time.Second)
				}
			}
		}()
	}
	drained := make(chan struct{})
	go func() { defer close(drained); h.net.Drain(context.Background(), a.pod) }()
	h.settle()
	if got := h.whoAnswers(client, to, 20); got != "b" {
		t.Errorf("new connections are answered by %s, want b alone", got)
	}
	select {
	case <-drained:
		t.Error("drained while a connection is in use")
	default:
	}
	close(stop)
	<-drained
}

func TestDrainOfTheLastEndpointWaitsForNobodyElse(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	svc := h.service("api", nil, a)
	h.settle()
	h.net.Drain(context.Background(), a.pod)
	h.expect(h.here(), "tcp", at(svc.Spec.ClusterIP, 80), "a", "")
}

func TestDrainEndsWithItsContext(t *testing.T) {
	h := newHost(t)
	a := h.serve(h.run(newPod("shop", "a")), 8080)
	h.service("api", nil, a)
	h.settle()
	h.halt()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.net.Drain(ctx, a.pod)
	h.net.Drain(ctx, &corev1.Pod{})
	h.start()
}
