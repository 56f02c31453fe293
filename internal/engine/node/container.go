package node

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

type kind int

const (
	initial kind = iota // an init container that runs to its end
	sidecar             // an init container that runs as long as the pod
	regular
)

// container is one container of a pod, over all its attempts.
type container struct {
	*containerRecord
	name string
	kind kind

	cancel  context.CancelFunc // ends a start that is under way; nil if none is
	run     *running           // nil unless it runs
	waiting corev1.ContainerStateWaiting
	retry   time.Time     // not before
	pause   time.Duration // before the next try to get its image or its configuration
	failed  time.Time     // when that was tried last
	pulling bool          // waiting is about the image

	early *keeper.Container // how it ended, told before its start was answered
}

// running is one attempt while it runs.
type running struct {
	id        string
	keeper    *keeper.Container
	since     metav1.Time
	started   bool // postStart and the startup probe are done
	ready     bool
	probes    context.CancelFunc
	hold      *keeper.Hold
	killing   bool          // it was told to stop because of a probe or hook
	over      chan struct{} // closed when it ended
	overOnce  sync.Once
	termPause *int64 // grace of the probe that failed
}

func (r *running) ended() { r.overOnce.Do(func() { close(r.over) }) }

func (w *worker) spec(c *container) *corev1.Container {
	list := w.pod.Spec.Containers
	if c.kind != regular {
		list = w.pod.Spec.InitContainers
	}
	for i := range list {
		if list[i].Name == c.name {
			return &list[i]
		}
	}
	return nil // cannot be: a pod's containers do not change
}

// containers makes the list of the pod's containers from spec and record.
func (w *worker) containers() {
	add := func(spec *corev1.Container, k kind) {
		r := w.rec.Containers[spec.Name]
		if r == nil {
			r = &containerRecord{Attempt: -1}
			w.rec.Containers[spec.Name] = r
		}
		w.all = append(w.all, &container{containerRecord: r, name: spec.Name, kind: k})
	}
	for i := range w.pod.Spec.InitContainers {
		k := initial
		if p := w.pod.Spec.InitContainers[i].RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			k = sidecar
		}
		add(&w.pod.Spec.InitContainers[i], k)
	}
	for i := range w.pod.Spec.Containers {
		add(&w.pod.Spec.Containers[i], regular)
	}
}

// ended tells whether the newest attempt is over.
func (c *container) ended() bool { return c.run == nil && c.Last != nil && !c.Asked }

// restarts tells whether a container that ended so is to be started again.
func (w *worker) restarts(c *container, exitCode int32) bool {
	if c.kind == sidecar {
		return true
	}
	spec := w.spec(c)
	for _, r := range spec.RestartPolicyRules {
		if e := r.ExitCodes; e != nil && r.Action == corev1.ContainerRestartRuleActionRestart {
			in := false
			for _, v := range e.Values {
				in = in || v == exitCode
			}
			if in == (e.Operator == corev1.ContainerRestartRuleOnExitCodesOpIn) {
				return true
			}
		}
	}
	policy := corev1.ContainerRestartPolicy(w.pod.Spec.RestartPolicy)
	if spec.RestartPolicy != nil {
		policy = *spec.RestartPolicy
	}
	switch policy {
	case corev1.ContainerRestartPolicyNever:
		return false
	case corev1.ContainerRestartPolicyOnFailure:
		return exitCode != 0
	}
	return c.kind == regular || exitCode != 0
}
