package api

import (
	"context"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/node/stdio"
)

// Node is what the API asks of the node that runs the pods.
type Node interface {
	// Logs writes what a container wrote, and goes on as it writes if opts.Follow. opts.Container is set.
	Logs(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error
	// Exec runs a command in a container. The error of a command that failed has an ExitStatus() int, as
	// k8s.io/client-go/util/exec.CodeExitError has.
	Exec(ctx context.Context, pod *corev1.Pod, container string, command []string, s stdio.Streams) error
	// PortForward opens a connection to a port of a pod, from within the pod.
	PortForward(ctx context.Context, pod *corev1.Pod, port int32) (io.ReadWriteCloser, error)
}

// runningPod is the pod of a call that needs the node, and the container it means.
func (c *call) runningPod(container string) (*corev1.Pod, string, error) {
	obj, err := c.get()
	if err != nil {
		return nil, "", err
	}
	pod := obj.(*corev1.Pod)
	if c.server.node == nil {
		return nil, "", apierrors.NewServiceUnavailable("the engine runs no node at the moment; try again when \"slipway engine status\" says that it is ready")
	}
	if pod.Spec.NodeName == "" {
		return nil, "", apierrors.NewBadRequest("pod " + pod.Name + " does not have a host assigned")
	}
	container, err = containerOf(pod, container)
	return pod, container, err
}

// containerOf is the container that is named, or the only one there is.
func containerOf(pod *corev1.Pod, name string) (string, error) {
	var all []string
	for _, c := range pod.Spec.InitContainers {
		all = append(all, c.Name)
	}
	ordinary := len(all)
	for _, c := range pod.Spec.Containers {
		all = append(all, c.Name)
	}
	if name == "" {
		name = pod.Annotations[defaultContainerAnnotation]
	}
	if name == "" && len(pod.Spec.Containers) == 1 {
		return all[ordinary], nil
	}
	for _, known := range all {
		if known == name {
			return name, nil
		}
	}
	if name == "" {
		return "", apierrors.NewBadRequest("a container name must be specified for pod " + pod.Name + ", choose one of: " + list(all))
	}
	return "", apierrors.NewBadRequest("container " + name + " is not valid for pod " + pod.Name + ", choose one of: " + list(all))
}

const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container"
