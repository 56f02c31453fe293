package node

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// setup is the pod's place: network, volumes, files that every container sees.
type setup struct {
	done   bool
	busy   bool
	retry  time.Time
	pause  time.Duration
	at     Attachment
	host   netip.Addr
	spaces spaces
}

// prepared tells whether the pod's place is ready, and begins to make it if it is not.
func (w *worker) prepared() bool {
	if w.ready.done {
		return true
	}
	if w.ready.busy {
		return false
	}
	if time.Now().Before(w.ready.retry) {
		w.again(w.ready.retry)
		return false
	}
	w.ready.busy = true
	pod := w.pod
	go func() {
		var s setup
		reason := "FailedCreatePodSandBox"
		err := rescue.Do(func() (err error) {
			s, reason, err = w.prepare(pod)
			return err
		})
		w.post(func() {
			w.ready.busy = false
			if err == nil {
				pause := w.ready.pause
				w.ready = s
				w.ready.done = true
				w.ready.pause = pause
				w.resume()
				return
			}
			if w.ctx.Err() != nil {
				return
			}
			w.event(corev1.EventTypeWarning, reason, "%v", err)
			w.ready.pause = min(max(2*w.ready.pause, 500*time.Millisecond), 2*time.Minute)
			w.ready.retry = time.Now().Add(w.ready.pause)
		})
	}()
	return false
}

func (w *worker) prepare(pod *corev1.Pod) (s setup, reason string, err error) {
	s.host = hostIP()
	if pod.Spec.HostNetwork {
		s.at.IP = s.host
	} else if s.at, err = w.n.Network.Attach(w.ctx, pod); err != nil {
		return s, "FailedCreatePodSandBox", fmt.Errorf("Failed to create pod sandbox: %w", err) //nolint:staticcheck // the kubelet's words
	}
	pod = withAddresses(pod, s.at.IP, s.host)
	var g errgroup.Group
	g.Go(func() error {
		reason = "FailedMount"
		return rescue.Do(func() error { return w.n.volumes.Setup(pod) })
	})
	g.Go(func() (err error) {
		s.spaces, err = w.n.makeSpaces(pod)
		return errors.Join(err, w.writeEtc(pod, s.at.IP))
	})
	err = g.Wait()
	return s, reason, err
}

// withAddresses is the pod as it will be once its status is written, for fields that containers ask for.
func withAddresses(pod *corev1.Pod, ip, host netip.Addr) *corev1.Pod {
	pod = pod.DeepCopy()
	if ip.IsValid() {
		pod.Status.PodIP = ip.String()
		pod.Status.PodIPs = []corev1.PodIP{{IP: ip.String()}}
	}
	if host.IsValid() {
		pod.Status.HostIP = host.String()
		pod.Status.HostIPs = []corev1.HostIP{{IP: host.String()}}
	}
	return pod
}

// refreshVolumes shows changed objects to the running containers.
func (w *worker) refreshVolumes() {
	pod := withAddresses(w.pod, w.ready.at.IP, w.ready.host)
	if err := w.n.volumes.Refresh(pod); err != nil && w.refresh {
		w.event(corev1.EventTypeWarning, "FailedMount", "%v", err)
	}
}

// writeEtc writes the files of /etc that the pod's containers share.
func (w *worker) writeEtc(pod *corev1.Pod, ip netip.Addr) error {
	dir := filepath.Join(w.dir(), "etc")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	resolv, err := resolvConf(pod, w.n.Network.DNS())
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"hosts": hostsFile(pod, ip), "hostname": hostname(pod) + "\n", "resolv.conf": resolv,
	} {
		path := filepath.Join(dir, name)
		if string(head(path, int64(len(text))+1)) == text {
			continue
		}
		// Written in place: the containers have the file itself mounted.
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o644); err != nil {
			return err
		}
	}
	return nil
}
