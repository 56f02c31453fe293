package node

import (
	"context"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/slipway-sh/slipway/internal/engine/node/downward"
	"github.com/slipway-sh/slipway/internal/engine/node/logs"
)

// Logs writes the output of a container of the pod: of the attempt that runs or ran last, or of the one before.
// Following ends when the container does.
func (n *Node) Logs(ctx context.Context, pod *corev1.Pod, opts *corev1.PodLogOptions, out io.Writer) error {
	name := opts.Container
	if name == "" && len(pod.Spec.Containers) > 0 {
		name = pod.Spec.Containers[0].Name
	}
	if downward.Container(pod, name) == nil {
		return apierrors.NewBadRequest(fmt.Sprintf("container %s is not valid for pod %s", name, pod.Name))
	}
	attempt, err := loggedAttempt(pod, name, opts.Previous)
	if err != nil {
		return err
	}
	id := containerID(pod.UID, name, attempt)
	return logs.Read(ctx, n.logPath(pod.UID, name, attempt), opts, func() bool { return !n.isRunning(pod, id) }, out)
}

// isRunning asks the pod's worker; a pod without one has nothing running.
func (n *Node) isRunning(pod *corev1.Pod, id string) bool {
	w := n.worker(pod.UID)
	if w == nil {
		return false
	}
	answer := make(chan bool, 1)
	w.post(func() {
		_, name, _ := splitID(id)
		c := w.find(name)
		answer <- c != nil && c.run != nil && c.run.id == id
	})
	select {
	case a := <-answer:
		return a
	case <-w.ctx.Done():
		return false
	case <-w.gone:
		return false
	}
}

// loggedAttempt is the number of the attempt whose log is asked for.
func loggedAttempt(pod *corev1.Pod, name string, previous bool) (int, error) {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for i := range list {
			st := &list[i]
			if st.Name != name {
				continue
			}
			id := st.ContainerID
			if t := st.State.Terminated; t != nil {
				id = t.ContainerID
			} else if t := st.LastTerminationState.Terminated; t != nil && st.State.Waiting != nil {
				id = t.ContainerID
			}
			if previous {
				t := st.LastTerminationState.Terminated
				if t == nil || t.ContainerID == "" {
					return 0, apierrors.NewBadRequest(fmt.Sprintf("previous terminated container %q in pod %q not found", name, pod.Name))
				}
				id = t.ContainerID
			}
			if id != "" {
				_, _, attempt := splitID(id)
				return attempt, nil
			}
			if wait := st.State.Waiting; wait != nil {
				return 0, apierrors.NewBadRequest(waitingText(name, pod.Name, wait))
			}
		}
	}
	return 0, apierrors.NewBadRequest(fmt.Sprintf("container %q in pod %q is not available", name, pod.Name))
}

// waitingText is the kubelet's, which kubectl prints.
func waitingText(name, pod string, wait *corev1.ContainerStateWaiting) string {
	switch wait.Reason {
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull":
		text := "image can't be pulled"
		if wait.Reason == "ImagePullBackOff" {
			text = "trying and failing to pull image"
		}
		return fmt.Sprintf("container %q in pod %q is waiting to start: %s", name, pod, text)
	}
	return fmt.Sprintf("container %q in pod %q is waiting to start: %s", name, pod, wait.Reason)
}
