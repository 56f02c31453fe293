package node

import (
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

var errOther = errors.New("another pod has the name")

// report writes the pod's status if it changed.
func (w *worker) report() {
	if w.deleted || !w.started {
		return
	}
	if equality.Semantic.DeepEqual(*w.newStatus(w.pod), w.pod.Status) {
		return
	}
	pod, err := store.ModifyStatus(w.n.Store, w.ns, w.name, func(p *corev1.Pod) error {
		if p.UID != w.uid {
			return errOther
		}
		p.Status = *w.newStatus(p)
		return nil
	})
	switch {
	case err == nil:
		w.pod = pod
	case !errors.Is(err, errOther) && !apierrors.IsNotFound(err):
		w.n.Log.Error("status of pod not written", "pod", w.String(), "error", err)
		w.again(time.Now().Add(time.Second))
	}
}
