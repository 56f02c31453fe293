package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/image"
)

// image gets the container's image by its pull policy, and its layers. A container that ran before keeps its image.
func (o *order) image(ctx context.Context) (image.Image, []string, error) {
	img, err := o.find(ctx)
	if err != nil {
		return img, nil, err
	}
	layers, err := o.w.n.Images.Unpack(ctx, img)
	if err != nil {
		return img, nil, &startError{reason: "CreateContainerError", err: err}
	}
	return img, layers, nil
}

func (o *order) find(ctx context.Context) (image.Image, error) {
	n, name := o.w.n, o.spec.Image
	if o.imageID != "" {
		if img, err := n.Images.Get(o.imageID); err == nil {
			o.present()
			img.Ref = name
			return img, nil
		}
	}
	local, err := n.Images.Get(name)
	if err != nil && !errors.Is(err, image.ErrNotFound) {
		return local, &startError{reason: "ImageInspectError", err: fmt.Errorf("Failed to inspect image %q: %w", name, err), pulling: true} //nolint:staticcheck // the kubelet's words
	}
	found := err == nil
	policy := o.spec.ImagePullPolicy
	if policy == "" {
		policy = defaultPolicy(name)
	}
	switch {
	case found && policy != corev1.PullAlways:
		o.present()
		return local, nil
	case policy == corev1.PullNever:
		err := fmt.Errorf("Container image %q is not present with pull policy of Never", name) //nolint:staticcheck // the kubelet's words
		o.w.eventOf(o.spec.Name, corev1.EventTypeWarning, "ErrImageNeverPull", "%v", err)
		return local, &startError{reason: "ErrImageNeverPull", err: err, pulling: true}
	}
	img, err := o.pull(ctx)
	if err == nil || !found || registry(name) {
		return img, err
	}
	// It was built or loaded here under a name that no registry answers for.
	o.w.eventOf(o.spec.Name, corev1.EventTypeWarning, "Failed", "Image %q could not be pulled, the one on this machine is used: %v", name, err)
	return local, nil
}

func (o *order) present() {
	o.w.eventOf(o.spec.Name, corev1.EventTypeNormal, "Pulled", "Container image %q already present on machine", o.spec.Image)
}

func (o *order) pull(ctx context.Context) (image.Image, error) {
	name := o.spec.Image
	keys, err := o.keychain()
	if err != nil {
		return image.Image{}, &startError{reason: "ErrImagePull", err: err, pulling: true}
	}
	o.w.eventOf(o.spec.Name, corev1.EventTypeNormal, "Pulling", "Pulling image %q", name)
	began := time.Now()
	img, err := o.w.n.Images.Pull(ctx, name, keys)
	if err != nil {
		o.w.eventOf(o.spec.Name, corev1.EventTypeWarning, "Failed", "Failed to pull image %q: %v", name, err)
		o.w.eventOf(o.spec.Name, corev1.EventTypeWarning, "Failed", "Error: ErrImagePull")
		return img, &startError{reason: "ErrImagePull", err: err, pulling: true}
	}
	took := time.Since(began).Round(time.Millisecond)
	o.w.eventOf(o.spec.Name, corev1.EventTypeNormal, "Pulled", "Successfully pulled image %q in %v (%v including waiting). Image size: %v bytes.", name, took, took, img.Size)
	return img, nil
}

// keychain is the imagePullSecrets of the pod and of its service account; one that is missing is passed over, as the
// kubelet does.
func (o *order) keychain() (authn.Keychain, error) {
	refs := o.pod.Spec.ImagePullSecrets
	name := o.pod.Spec.ServiceAccountName
	if name == "" {
		name = "default"
	}
	if sa, err := store.Get[*corev1.ServiceAccount](o.w.n.Store, o.pod.Namespace, name); err == nil {
		refs = append(append([]corev1.LocalObjectReference{}, refs...), sa.ImagePullSecrets...)
	}
	var all [][]byte
	for _, r := range refs {
		s, err := store.Get[*corev1.Secret](o.w.n.Store, o.pod.Namespace, r.Name)
		if err != nil {
			o.w.eventOf(o.spec.Name, corev1.EventTypeWarning, "FailedToRetrieveImagePullSecret",
				"Unable to retrieve some image pull secrets (%s); attempting to pull the image may not succeed.", r.Name)
			continue
		}
		for _, k := range []string{corev1.DockerConfigJsonKey, corev1.DockerConfigKey} {
			if b, ok := s.Data[k]; ok {
				all = append(all, b)
			}
		}
	}
	return image.KeychainFrom(all)
}

// defaultPolicy is Always for the tag latest, which is expected to move; see
// https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting
func defaultPolicy(name string) corev1.PullPolicy {
	last := name[strings.LastIndexByte(name, '/')+1:]
	if !strings.Contains(name, "@") && (!strings.Contains(last, ":") || strings.HasSuffix(last, ":latest")) {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

// registry tells whether the name says which registry it is from.
func registry(name string) bool {
	host, _, ok := strings.Cut(name, "/")
	return ok && (strings.ContainsAny(host, ".:") || host == "localhost")
}
