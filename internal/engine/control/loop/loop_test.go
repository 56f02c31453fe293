package loop_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

func TestAnObjectThatMakesAControllerPanicIsTriedAgainAndTheOthersAreLookedAt(t *testing.T) {
	s := store.New()
	for _, name := range []string{"bad", "good", "odd"} {
		if _, err := store.Create(s, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}); err != nil {
			t.Fatal(err)
		}
	}
	env := &loop.Env{Store: s, Clock: clock.RealClock{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	seen := make(chan string, 100)
	c := loop.New(env, "test", 1, func(_ context.Context, key store.Key) error {
		seen <- key.Name
		if key.Name == "bad" {
			panic("never thought of that")
		}
		return nil
	})
	loop.Watch[*corev1.ConfigMap](c, func(e store.Event) []store.Key {
		if e.Object.GetName() == "odd" {
			panic("nor of that")
		}
		return loop.Self(e)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	bad, good := 0, 0
	for bad < 2 || good < 1 {
		switch <-seen {
		case "bad":
			bad++
		case "good":
			good++
		}
	}
	cancel()
	<-done
}
