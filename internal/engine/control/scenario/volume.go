package scenario

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func newClaim(c Cluster, name string, mode corev1.PersistentVolumeAccessMode) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.Namespace()}}
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{mode}
	claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	return claim
}

func newPod(c Cluster, name, claim string) *corev1.Pod {
	t := template(c, Serves, name)
	p := &corev1.Pod{ObjectMeta: t.ObjectMeta, Spec: t.Spec}
	p.Name, p.Namespace = name, c.Namespace()
	if claim != "" {
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	}
	return p
}

func running(t *testing.T, c Cluster, p *corev1.Pod) {
	t.Helper()
	Eventually(t, "pod "+p.Name, func() error {
		Must(t, c.Get(t.Context(), p))
		if !readyPod(p) {
			return fmt.Errorf("%+v", p.Status)
		}
		return nil
	})
}

func waitsBecause(t *testing.T, c Cluster, p *corev1.Pod, message string) {
	t.Helper()
	Eventually(t, "the reason why pod "+p.Name+" waits", func() error {
		Must(t, c.Get(t.Context(), p))
		for _, cond := range p.Status.Conditions {
			if cond.Type == corev1.PodScheduled && cond.Status == corev1.ConditionFalse && cond.Reason == "Unschedulable" && (!c.Strict() || cond.Message == message) {
				return nil
			}
		}
		return fmt.Errorf("%+v", p.Status.Conditions)
	})
}

// ClaimIsProtected promises that a claim is bound, that it outlives its deletion while a pod uses it, and that its
// volume goes with it.
func ClaimIsProtected(t *testing.T, c Cluster) {
	early := newPod(c, "early", "data")
	Must(t, c.Create(t.Context(), early))
	waitsBecause(t, c, early, `0/1 nodes are available: persistentvolumeclaim "data" not found.`)
	claim := newClaim(c, "data", corev1.ReadWriteOnce)
	Must(t, c.Create(t.Context(), claim))
	running(t, c, early)
	Must(t, c.Get(t.Context(), claim))
	if claim.Status.Phase != corev1.ClaimBound {
		t.Fatalf("%+v", claim.Status)
	}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: claim.Spec.VolumeName}}
	Eventually(t, "the volume's phase", func() error {
		Must(t, c.Get(t.Context(), volume))
		if volume.Status.Phase != corev1.VolumeBound {
			return fmt.Errorf("phase %s", volume.Status.Phase)
		}
		return nil
	})
	Must(t, c.Delete(t.Context(), claim, metav1.DeleteOptions{}))
	Must(t, c.Delete(t.Context(), volume, metav1.DeleteOptions{}))
	late := newPod(c, "late", "data")
	Must(t, c.Create(t.Context(), late))
	waitsBecause(t, c, late, `0/1 nodes are available: persistentvolumeclaim "data" is being deleted.`)
	Must(t, c.Get(t.Context(), claim))
	Must(t, c.Get(t.Context(), volume))
	Must(t, c.Delete(t.Context(), early, metav1.DeleteOptions{}))
	Eventually(t, "the end of the claim", func() error { return gone(c, t.Context(), claim) })
	Eventually(t, "the end of the volume", func() error { return gone(c, t.Context(), volume) })
}

// ClaimForOnePod promises that a claim ReadWriteOncePod is in one pod at a time.
func ClaimForOnePod(t *testing.T, c Cluster) {
	Must(t, c.Create(t.Context(), newClaim(c, "single", corev1.ReadWriteOncePod)))
	first, second := newPod(c, "first", "single"), newPod(c, "second", "single")
	Must(t, c.Create(t.Context(), first))
	running(t, c, first)
	Must(t, c.Create(t.Context(), second))
	waitsBecause(t, c, second, "0/1 nodes are available: 1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.")
	Must(t, c.Delete(t.Context(), first, metav1.DeleteOptions{}))
	running(t, c, second)
}

// ClaimGrows promises that the capacity of a bound claim follows its request.
func ClaimGrows(t *testing.T, c Cluster) {
	claim := newClaim(c, "grows", corev1.ReadWriteMany)
	Must(t, c.Create(t.Context(), claim))
	capacity := func(want string) {
		t.Helper()
		Eventually(t, "capacity "+want, func() error {
			Must(t, c.Get(t.Context(), claim))
			if q := claim.Status.Capacity[corev1.ResourceStorage]; q.String() != want {
				return fmt.Errorf("%s: %+v", q.String(), claim.Status)
			}
			return nil
		})
	}
	capacity("1Gi")
	if !c.Strict() {
		return // on a cluster, whether a volume can grow is its driver's matter
	}
	change(t, c, claim, func(o *corev1.PersistentVolumeClaim) {
		o.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse("2Gi")
	})
	capacity("2Gi")
}
