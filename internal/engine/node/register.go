package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// heartbeats: the node looks at itself this often, and says that it lives at least that often.
const (
	lookEvery = 10 * time.Second
	sayEvery  = 5 * time.Minute
)

// register makes the Node object, or brings it up to date.
func (n *Node) register() error {
	labels := map[string]string{
		corev1.LabelHostname:                    n.Name,
		corev1.LabelOSStable:                    n.machine.info.OperatingSystem,
		corev1.LabelArchStable:                  n.machine.info.Architecture,
		"node-role.kubernetes.io/control-plane": "",
	}
	_, err := store.Get[*corev1.Node](n.Store, "", n.Name)
	if apierrors.IsNotFound(err) {
		_, err = store.Create(n.Store, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: labels}})
	} else if err == nil {
		_, err = store.Modify(n.Store, "", n.Name, func(o *corev1.Node) error {
			if o.Labels == nil {
				o.Labels = map[string]string{}
			}
			for k, v := range labels {
				o.Labels[k] = v
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	return n.report(true)
}

// heartbeat reports the node's state until ctx ends.
func (n *Node) heartbeat(ctx context.Context) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	said := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		say := time.Since(said) >= sayEvery
		if say {
			said = time.Now()
		}
		if err := n.report(say); err != nil {
			n.Log.Error("node not reported", "error", err)
		}
	}
}

// report writes the node's status if it changed, or in any case if it is time to.
func (n *Node) report(say bool) error {
	old, err := store.Get[*corev1.Node](n.Store, "", n.Name)
	if err != nil {
		return err
	}
	next := n.status(&old.Status)
	if !say && equality.Semantic.DeepEqual(*next, old.Status) {
		return nil
	}
	_, err = store.ModifyStatus(n.Store, "", n.Name, func(o *corev1.Node) error {
		o.Status = *n.status(&o.Status)
		if say {
			for i := range o.Status.Conditions {
				o.Status.Conditions[i].LastHeartbeatTime = metav1.Now().Rfc3339Copy()
			}
		}
		return nil
	})
	return err
}

func (n *Node) status(old *corev1.NodeStatus) *corev1.NodeStatus {
	s := old.DeepCopy()
	s.Capacity, s.Allocatable = n.machine.capacity(), n.machine.allocatable()
	if total, _, err := disk(n.Home.Root); err == nil {
		s.Capacity[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(total, resource.BinarySI)
		s.Allocatable[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(total/10*9, resource.BinarySI)
	}
	s.NodeInfo = n.machine.info
	s.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: hostIP().String()},
		{Type: corev1.NodeHostName, Address: n.machine.host},
	}
	condition(s, corev1.NodeReady, true, "KubeletReady", "the node is ready")
	low, message := n.diskLow()
	condition(s, corev1.NodeDiskPressure, low, map[bool]string{true: "KubeletHasDiskPressure", false: "KubeletHasNoDiskPressure"}[low], message)
	condition(s, corev1.NodeMemoryPressure, false, "KubeletHasSufficientMemory", "limits of containers are enforced by the kernel")
	condition(s, corev1.NodePIDPressure, false, "KubeletHasSufficientPID", "limits of containers are enforced by the kernel")
	return s
}

func condition(s *corev1.NodeStatus, t corev1.NodeConditionType, value bool, reason, message string) {
	status := corev1.ConditionFalse
	if value {
		status = corev1.ConditionTrue
	}
	now := metav1.Now().Rfc3339Copy()
	for i := range s.Conditions {
		if c := &s.Conditions[i]; c.Type == t {
			if c.Status != status {
				c.LastTransitionTime, c.LastHeartbeatTime = now, now
			}
			c.Status, c.Reason, c.Message = status, reason, message
			return
		}
	}
	s.Conditions = append(s.Conditions, corev1.NodeCondition{Type: t, Status: status, Reason: reason, Message: message,
		LastHeartbeatTime: now, LastTransitionTime: now})
}

func disk(dir string) (total, free int64, err error) {
	var st unix.Statfs_t
	for {
		err = unix.Statfs(dir, &st)
		if os.IsNotExist(err) && dir != "/" {
			dir = filepath.Dir(dir)
			continue
		}
		return int64(st.Blocks) * st.Bsize, int64(st.Bavail) * st.Bsize, err
	}
}

// diskLow tells whether writes will soon fail. Nothing is evicted for it: on one machine there is nowhere to go.
func (n *Node) diskLow() (bool, string) {
	total, free, err := disk(n.Home.Root)
	if err != nil {
		return true, err.Error()
	}
	if free < total/50 && free < 1<<30 {
		return true, fmt.Sprintf("less than %d MiB are free on the disk of %s; remove images with \"slipway image prune\"", 1<<10, n.Home.Root)
	}
	return false, "the disk has space"
}
