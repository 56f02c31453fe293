package scenario

import (
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func newStatefulSet(c Cluster, name string, replicas int32, b Behaviour) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.Namespace()}}
	s.Spec.Replicas, s.Spec.Selector, s.Spec.Template, s.Spec.ServiceName = &replicas, selector(name), template(c, b, name), name
	return s
}

func withClaim(s *appsv1.StatefulSet) {
	t := corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}}
	t.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	t.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	s.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{t}
	s.Spec.Template.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
}

// stands waits until all pods of a set are of the wanted revision and serve.
func stands(t *testing.T, c Cluster, s *appsv1.StatefulSet, updated int32) {
	t.Helper()
	Eventually(t, "StatefulSet "+s.Name, func() error {
		if err := c.Get(t.Context(), s); err != nil {
			return err
		}
		want, st := *s.Spec.Replicas, s.Status
		if st.ObservedGeneration < s.Generation || st.Replicas != want || st.ReadyReplicas != want || st.AvailableReplicas != want || st.UpdatedReplicas != updated {
			return fmt.Errorf("want %d, %d updated: %+v", want, updated, st)
		}
		return nil
	})
}

// StatefulSetKeepsOrder promises that pods come one after the other, each when the one before serves, go in reverse,
// and carry their names.
func StatefulSetKeepsOrder(t *testing.T, c Cluster) {
	s := newStatefulSet(c, "db", 3, Serves)
	s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: 1}
	o := observe(t, c, "db")
	o.hold(func(_, ready, existing int) string {
		if existing > ready+1 {
			return fmt.Sprintf("%d pods while %d serve", existing, ready)
		}
		return ""
	})
	Must(t, c.Create(t.Context(), s))
	stands(t, c, s, 3)
	o.saw(t, 3)
	o.check(t)
	o.hold(nil)
	if got := o.order(); !slices.Equal(got, []string{"db-1", "db-2", "db-3"}) {
		t.Errorf("order of creation: %v", got)
	}
	for _, p := range list(t, c, &corev1.Pod{}) {
		if p.Spec.Hostname != p.Name || p.Spec.Subdomain != "db" || p.Labels["statefulset.kubernetes.io/pod-name"] != p.Name {
			t.Errorf("identity of %s: host name %q in %q, labels %v", p.Name, p.Spec.Hostname, p.Spec.Subdomain, p.Labels)
		}
	}
	o.hold(func(int, int, int) string {
		names := map[string]bool{}
		for _, p := range o.pods {
			names[p.Name] = p.DeletionTimestamp == nil
		}
		if alive, there := names["db-3"]; there && (alive || len(names) == 3) && !names["db-2"] {
			return "db-2 goes before db-3 is gone"
		}
		return ""
	})
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = pointer(int32(1)) })
	stands(t, c, s, 1)
	o.check(t)
	if left := list(t, c, &corev1.Pod{}); len(left) != 1 || left[0].Name != "db-1" {
		t.Errorf("%d pods left", len(left))
	}
}

// StatefulSetUpdates promises that an update goes one pod at a time from the highest ordinal to the partition, that
// the rest follows when the partition goes, and that a rollback finds its revision.
func StatefulSetUpdates(t *testing.T, c Cluster) {
	s := newStatefulSet(c, "roll", 3, Serves)
	Must(t, c.Create(t.Context(), s))
	stands(t, c, s, 3)
	first := s.Status.CurrentRevision
	old := s.Spec.Template.DeepCopy()
	o := observe(t, c, "roll")
	o.saw(t, 3)
	o.hold(func(_, ready, _ int) string {
		if ready < 2 {
			return fmt.Sprintf("only %d pods serve", ready)
		}
		return ""
	})
	partition := func(n int32) {
		s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{
			Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &n},
		}
	}
	change(t, c, s, func(s *appsv1.StatefulSet) {
		partition(1)
		s.Spec.Template.Annotations = with(s.Spec.Template.Annotations, "version", "2")
	})
	stands(t, c, s, 2)
	if got := o.order()[3:]; !slices.Equal(got, []string{"roll-2", "roll-1"}) {
		t.Errorf("order of the update: %v", got)
	}
	if s.Status.CurrentRevision != first || s.Status.UpdateRevision == first {
		t.Errorf("revisions: %+v", s.Status)
	}
	change(t, c, s, func(*appsv1.StatefulSet) { partition(0) })
	stands(t, c, s, 3)
	Eventually(t, "the current revision", func() error {
		Must(t, c.Get(t.Context(), s))
		if s.Status.CurrentRevision != s.Status.UpdateRevision || s.Status.CurrentRevision == first {
			return fmt.Errorf("%+v", s.Status)
		}
		return nil
	})
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Template = *old.DeepCopy() })
	Eventually(t, "the rollback", func() error {
		Must(t, c.Get(t.Context(), s))
		if s.Status.UpdateRevision != first || s.Status.UpdatedReplicas != 3 || s.Status.ReadyReplicas != 3 {
			return fmt.Errorf("want revision %s: %+v", first, s.Status)
		}
		return nil
	})
	o.check(t)
	if n := len(list(t, c, &appsv1.ControllerRevision{})); n != 2 {
		t.Errorf("%d revisions of two templates", n)
	}
}

// StatefulSetKeepsClaims promises that a pod that comes again gets its claim again, and that claims go only if the
// retention policy says so.
func StatefulSetKeepsClaims(t *testing.T, c Cluster) {
	s := newStatefulSet(c, "keeps", 2, Serves)
	withClaim(s)
	Must(t, c.Create(t.Context(), s))
	stands(t, c, s, 2)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-keeps-1", Namespace: c.Namespace()}}
	Must(t, c.Get(t.Context(), claim))
	uid := claim.UID
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = pointer(int32(1)) })
	stands(t, c, s, 1)
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = pointer(int32(2)) })
	stands(t, c, s, 2)
	Must(t, c.Get(t.Context(), claim))
	if claim.UID != uid {
		t.Error("the claim was replaced")
	}
	change(t, c, s, func(s *appsv1.StatefulSet) {
		s.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
			WhenScaled: appsv1.DeletePersistentVolumeClaimRetentionPolicyType, WhenDeleted: appsv1.DeletePersistentVolumeClaimRetentionPolicyType,
		}
	})
	Eventually(t, "the claims' owner", func() error {
		Must(t, c.Get(t.Context(), claim))
		if !metav1.IsControlledBy(claim, s) {
			return errNotYet
		}
		return nil
	})
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = pointer(int32(1)) })
	Eventually(t, "the end of the claim", func() error { return gone(c, t.Context(), claim) })
	Must(t, c.Delete(t.Context(), s, metav1.DeleteOptions{}))
	remaining(t, c, &corev1.Pod{}, 0)
	remaining(t, c, &corev1.PersistentVolumeClaim{}, 0)
}

// StatefulSetInParallel promises that Parallel does not wait for pods that do not serve.
func StatefulSetInParallel(t *testing.T, c Cluster) {
	s := newStatefulSet(c, "wide", 4, Hangs)
	s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
	Must(t, c.Create(t.Context(), s))
	remaining(t, c, &corev1.Pod{}, 4)
	change(t, c, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = pointer(int32(0)) })
	remaining(t, c, &corev1.Pod{}, 0)
}
