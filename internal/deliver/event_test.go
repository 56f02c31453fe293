package deliver

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestAnEventIsOneLineThatSaysNothingTwice(t *testing.T) {
	job := Ref{GroupVersionKind: schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}, Namespace: "shop", Name: "migrate"}
	for want, e := range map[string]Event{
		"job shop/migrate: created":                                 {Object: job, Action: Create, Phase: Applied},
		"job shop/migrate: waiting for its pod":                     {Object: job, Phase: Waiting, Message: "waiting for its pod"},
		"job shop/migrate: ready, complete":                         {Object: job, Phase: Ready, Message: "complete"},
		"job shop/migrate: failed: container migrate exited with 1": {Object: job, Phase: Failed, Message: "failed: container migrate exited with 1"},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
