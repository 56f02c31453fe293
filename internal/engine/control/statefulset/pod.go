package statefulset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// ordinalOf is the number of a pod of a set by its name, or -1.
func ordinalOf(set, pod string) int {
	i := strings.LastIndex(pod, "-")
	if i < 0 || pod[:i] != set {
		return -1
	}
	n, err := strconv.ParseInt(pod[i+1:], 10, 32)
	if err != nil || n < 0 {
		return -1
	}
	return int(n)
}

func revisionOf(p *corev1.Pod) string { return p.Labels[appsv1.StatefulSetRevisionLabel] }

// newPod is the pod that should have that ordinal: of the current revision below the partition, else of the update.
func (l *look) newPod(ordinal int) *corev1.Pod {
	template, revision := &l.set.Spec.Template, l.update.Name
	if s := l.set.Spec.UpdateStrategy; s.Type != appsv1.OnDeleteStatefulSetStrategyType {
		keep := int(l.set.Status.CurrentReplicas)
		if u := s.RollingUpdate; u != nil && u.Partition != nil {
			keep = int(*u.Partition)
		}
		if ordinal < l.start()+keep {
			template, revision = &l.previous, l.current.Name
		}
	}
	p := pods.FromTemplate(template, l.set, gvk)
	p.GenerateName = ""
	p.Name = fmt.Sprintf("%s-%d", l.set.Name, ordinal)
	p.Spec.Hostname, p.Spec.Subdomain = p.Name, l.set.Spec.ServiceName
	identify(p, ordinal)
	p.Labels[appsv1.StatefulSetRevisionLabel] = revision
	var volumes []corev1.Volume
	for _, t := range l.set.Spec.VolumeClaimTemplates {
		volumes = append(volumes, corev1.Volume{Name: t.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: l.claimName(t.Name, ordinal)},
		}})
	}
	for _, v := range p.Spec.Volumes {
		if !slices.ContainsFunc(volumes, func(o corev1.Volume) bool { return o.Name == v.Name }) {
			volumes = append(volumes, v)
		}
	}
	p.Spec.Volumes = volumes
	return p
}

func identify(p *corev1.Pod, ordinal int) {
	p.Labels = maps.Clone(p.Labels)
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Labels[appsv1.StatefulSetPodNameLabel] = p.Name
	p.Labels[appsv1.PodIndexLabel] = strconv.Itoa(ordinal)
}

// keepIdentity restores the labels that name a pod.
func (l *look) keepIdentity(p *corev1.Pod) error {
	n := ordinalOf(l.set.Name, p.Name)
	if p.Labels[appsv1.StatefulSetPodNameLabel] == p.Name && p.Labels[appsv1.PodIndexLabel] == strconv.Itoa(n) {
		return nil
	}
	next := p.DeepCopy()
	identify(next, n)
	_, err := loop.Update(l.ctx, l.Store, next)
	l.tell("Update", next, err)
	return err
}

func (l *look) create(p *corev1.Pod) error {
	if err := l.makeClaims(p); err != nil {
		l.tell("Create", p, err)
		return err
	}
	_, err := loop.Create(l.ctx, l.Store, p)
	if apierrors.IsAlreadyExists(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return err
	}
	l.tell("Create", p, err)
	return err
}

func (l *look) delete(p *corev1.Pod) error {
	err := loop.Delete(l.ctx, l.Store, p, metav1.DeleteOptions{})
	l.tell("Delete", p, err)
	return err
}

func (l *look) tell(verb string, p *corev1.Pod, err error) {
	switch {
	case err == nil:
		l.events.Event(l.set, corev1.EventTypeNormal, "Successful"+verb, "%s Pod %s in StatefulSet %s successful", strings.ToLower(verb), p.Name, l.set.Name)
	case l.ctx.Err() == nil:
		l.events.Event(l.set, corev1.EventTypeWarning, "Failed"+verb, "%s Pod %s in StatefulSet %s failed error: %s", strings.ToLower(verb), p.Name, l.set.Name, err)
	}
}
