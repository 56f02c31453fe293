package volume

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// Finalizers, annotations and names that Kubernetes gives to volumes.
const (
	claimProtection  = "kubernetes.io/pvc-protection"
	volumeProtection = "kubernetes.io/pv-protection"
	bindCompleted    = "pv.kubernetes.io/bind-completed"
	boundByUs        = "pv.kubernetes.io/bound-by-controller"
	provisionedBy    = "pv.kubernetes.io/provisioned-by"
	provisionerOf    = "volume.kubernetes.io/storage-provisioner"
	provisionerBeta  = "volume.beta.kubernetes.io/storage-provisioner"
	selectedNode     = "volume.kubernetes.io/selected-node"
	defaultClass     = "storageclass.kubernetes.io/is-default-class"
	noProvisioner    = "kubernetes.io/no-provisioner"
)

var errUsed = errors.New("a pod uses the claim")

type controller struct {
	*loop.Env
	claims  *loop.Keyed
	volumes *loop.Keyed
	events  loop.Recorder
	dir     string // of the local volumes
}

// New makes the controllers of claims, of volumes and of the class; dir holds the local volumes.
func New(env *loop.Env, dir string) []loop.Runner {
	c := &controller{Env: env, dir: dir, events: env.Events("persistentvolume-controller")}
	c.claims = loop.New(env, "claims", 1, c.syncClaim)
	loop.Watch[*corev1.PersistentVolumeClaim](c.claims, loop.Self)
	loop.Watch[*corev1.PersistentVolume](c.claims, c.claimsOfVolume)
	loop.Watch[*storagev1.StorageClass](c.claims, c.waiting)
	loop.Watch[*corev1.Pod](c.claims, claimsOfPod)
	c.volumes = loop.New(env, "volumes", 2, c.syncVolume)
	loop.Watch[*corev1.PersistentVolume](c.volumes, loop.Self)
	loop.Watch[*corev1.PersistentVolumeClaim](c.volumes, c.volumeOfClaim)
	return []loop.Runner{c.claims, c.volumes, newClass(env)}
}

// waiting lists the claims that are not bound.
func (c *controller) waiting(store.Event) []store.Key {
	var keys []store.Key
	for _, claim := range store.List[*corev1.PersistentVolumeClaim](c.Store, "", nil) {
		if claim.Status.Phase != corev1.ClaimBound {
			keys = append(keys, loop.KeyOf(claim))
		}
	}
	return keys
}

// claimsOfVolume names the claim of a volume; a volume that is free may be what any waiting claim waits for.
func (c *controller) claimsOfVolume(e store.Event) []store.Key {
	pv := e.Object.(*corev1.PersistentVolume)
	if ref := pv.Spec.ClaimRef; ref != nil {
		return []store.Key{{Namespace: ref.Namespace, Name: ref.Name}}
	}
	return c.waiting(e)
}

func claimsOfPod(e store.Event) []store.Key {
	p := e.Object.(*corev1.Pod)
	if old, ok := e.Old.(*corev1.Pod); ok && e.Type != watch.Deleted && old.Spec.NodeName == p.Spec.NodeName {
		return nil
	}
	var keys []store.Key
	for _, name := range pods.Claims(p) {
		keys = append(keys, store.Key{Namespace: p.Namespace, Name: name})
	}
	return keys
}

func (c *controller) volumeOfClaim(e store.Event) []store.Key {
	claim := e.Object.(*corev1.PersistentVolumeClaim)
	keys := []store.Key{{Name: volumeName(claim)}}
	if claim.Spec.VolumeName != "" && claim.Spec.VolumeName != keys[0].Name {
		keys = append(keys, store.Key{Name: claim.Spec.VolumeName})
	}
	return keys
}

// syncClaim protects a claim from deletion while a pod uses it, binds it, and grows it.
func (c *controller) syncClaim(ctx context.Context, key store.Key) error {
	claim, err := store.Get[*corev1.PersistentVolumeClaim](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	if claim.DeletionTimestamp != nil {
		if !slices.Contains(claim.Finalizers, claimProtection) || c.used(claim) {
			return nil
		}
		next := claim.DeepCopy()
		next.Finalizers = slices.DeleteFunc(next.Finalizers, func(f string) bool { return f == claimProtection })
		// Judged again in the write itself: a pod that was placed meanwhile is not to lose its data.
		_, err := loop.Update(ctx, c.Store, next, store.If(func() error {
			if c.used(claim) {
				return errUsed
			}
			return nil
		}))
		if errors.Is(err, errUsed) {
			return nil // the end of its pod asks for another look
		}
		return loop.IgnoreNotFound(err)
	}
	next := claim.DeepCopy()
	if !slices.Contains(next.Finalizers, claimProtection) {
		next.Finalizers = append(next.Finalizers, claimProtection)
	}
	if next.Status.Phase == "" {
		next.Status.Phase = corev1.ClaimPending
	}
	err = c.bind(ctx, next)
	if err == nil && !equality.Semantic.DeepEqual(claim, next) {
		_, err = loop.Update(ctx, c.Store, next, store.WithStatus)
	}
	return loop.IgnoreNotFound(err)
}

// used tells whether a placed pod names the claim; a pod that ended counts until it is deleted.
func (c *controller) used(claim *corev1.PersistentVolumeClaim) bool {
	for _, p := range store.List[*corev1.Pod](c.Store, claim.Namespace, nil) {
		if p.Spec.NodeName == "" {
			continue
		}
		for _, name := range pods.Claims(p) {
			if name == claim.Name {
				return true
			}
		}
	}
	return false
}

// bind brings claim, a copy that the caller saves, as near to a volume as it can be. What it waits for is told by an
// event.
func (c *controller) bind(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	done := claim.Annotations[bindCompleted] != ""
	if claim.Spec.VolumeName != "" {
		pv, err := store.Get[*corev1.PersistentVolume](c.Store, "", claim.Spec.VolumeName)
		switch {
		case err != nil && done:
			c.lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
			return nil
		case err != nil:
			return nil //nolint:nilerr // named by the user, not there yet
		case isFor(pv, claim):
		case done:
			c.lose(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
			return nil
		case pv.Spec.ClaimRef != nil:
			c.events.Event(claim, corev1.EventTypeWarning, "FailedBinding", "volume %q already bound to a different claim.", pv.Name)
			return nil
		default:
			if why := unfit(pv, claim); why != "" {
				c.events.Event(claim, corev1.EventTypeWarning, "VolumeMismatch", "Cannot bind to requested volume %q: %s", pv.Name, why)
				return nil
			}
		}
		return c.complete(ctx, claim, pv)
	}
	if claim.Spec.StorageClassName == nil {
		if class := DefaultClass(c.Store); class != nil {
			claim.Spec.StorageClassName = &class.Name
		}
	}
	class, err := c.class(claim)
	late := class != nil && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if late && claim.Annotations[selectedNode] == "" {
		c.events.Event(claim, corev1.EventTypeNormal, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
		return nil
	}
	if pv := bestMatch(store.List[*corev1.PersistentVolume](c.Store, "", nil), claim); pv != nil {
		return c.complete(ctx, claim, pv)
	}
	switch {
	case claim.Spec.StorageClassName == nil || *claim.Spec.StorageClassName == "":
		c.events.Event(claim, corev1.EventTypeNormal, "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
		return nil
	case err != nil:
		c.events.Event(claim, corev1.EventTypeWarning, "ProvisioningFailed", "%v", err)
		return nil
	}
	return c.provision(ctx, claim, class)
}

func (c *controller) lose(claim *corev1.PersistentVolumeClaim, reason, message string) {
	if claim.Status.Phase == corev1.ClaimLost {
		return
	}
	claim.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimLost, Conditions: claim.Status.Conditions}
	c.events.Event(claim, corev1.EventTypeWarning, reason, "%s", message)
}

// complete makes volume and claim name each other; the volume first, so that nobody else can take it.
func (c *controller) complete(ctx context.Context, claim *corev1.PersistentVolumeClaim, pv *corev1.PersistentVolume) error {
	next := pv.DeepCopy()
	if ref := next.Spec.ClaimRef; ref == nil || ref.UID != claim.UID {
		if ref == nil {
			annotate(&next.ObjectMeta, boundByUs, "yes")
		}
		next.Spec.ClaimRef = claimRef(claim)
	}
	c.grow(next, claim)
	if !equality.Semantic.DeepEqual(next, pv) {
		saved, err := loop.Update(ctx, c.Store, next)
		if err != nil {
			return err
		}
		next = saved
	}
	if local(next) {
		if err := makeDir(next.Spec.HostPath.Path); err != nil {
			c.events.Event(claim, corev1.EventTypeWarning, "ProvisioningFailed", "failed to provision volume: %v", err)
			return fmt.Errorf("persistentvolumeclaim %s/%s: %w", claim.Namespace, claim.Name, err)
		}
	}
	if claim.Spec.VolumeName == "" {
		claim.Spec.VolumeName = next.Name
		annotate(&claim.ObjectMeta, boundByUs, "yes")
	}
	annotate(&claim.ObjectMeta, bindCompleted, "yes")
	claim.Status.Phase = corev1.ClaimBound
	claim.Status.AccessModes = next.Spec.AccessModes
	claim.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: next.Spec.Capacity[corev1.ResourceStorage]}
	return nil
}

// grow gives a local volume the size that its claim has come to ask for.
func (c *controller) grow(pv *corev1.PersistentVolume, claim *corev1.PersistentVolumeClaim) {
	want, have := claim.Spec.Resources.Requests[corev1.ResourceStorage], pv.Spec.Capacity[corev1.ResourceStorage]
	if claim.Status.Phase != corev1.ClaimBound || want.Cmp(have) <= 0 {
		return
	}
	if !local(pv) {
		c.events.Event(claim, corev1.EventTypeWarning, "ExternalExpanding", "waiting for an external controller to expand this PVC")
		return
	}
	pv.Spec.Capacity[corev1.ResourceStorage] = want
	c.events.Event(claim, corev1.EventTypeNormal, "VolumeResizeSuccessful", "ExpandVolume succeeded for volume %s", pv.Name)
}

func claimRef(claim *corev1.PersistentVolumeClaim) *corev1.ObjectReference {
	return &corev1.ObjectReference{
		Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name,
		UID: claim.UID, ResourceVersion: claim.ResourceVersion,
	}
}

func annotate(m *metav1.ObjectMeta, key, value string) {
	if m.Annotations == nil {
		m.Annotations = map[string]string{}
	}
	m.Annotations[key] = value
}
