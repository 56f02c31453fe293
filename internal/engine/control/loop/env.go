package loop

import (
	"log/slog"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// Recorder writes events about objects; *event.Recorder is one.
type Recorder interface {
	Event(obj store.Object, eventtype, reason, format string, args ...any)
}

// Env is what every controller stands on.
type Env struct {
	Store  *store.Store
	Clock  clock.WithTicker
	Events func(component string) Recorder
	Log    *slog.Logger
	Node   string // name of the one node
}

// Now is the present as the API carries it, in whole seconds.
func (e *Env) Now() metav1.Time { return metav1.NewTime(e.Clock.Now().Truncate(time.Second)) }
