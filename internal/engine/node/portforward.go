package node

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// PortForward connects to a port of the pod from inside its network, where its programs may listen on 127.0.0.1 only.
func (n *Node) PortForward(ctx context.Context, pod *corev1.Pod, port int32) (io.ReadWriteCloser, error) {
	w := n.worker(pod.UID)
	if w == nil {
		return nil, apierrors.NewNotFound(corev1.Resource("pods"), pod.Name)
	}
	ns := make(chan string, 1)
	w.post(func() {
		if w.ready.done {
			ns <- w.ready.at.NetNS
		} else {
			close(ns)
		}
	})
	var path string
	var ok bool
	select {
	case path, ok = <-ns:
	case <-w.gone:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !ok {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("pod %s/%s has no network yet", pod.Namespace, pod.Name))
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has changed its network and ends with the goroutine
		c, err := dialIn(path, port)
		done <- result{c, err}
	}()
	r := <-done
	if r.err != nil {
		return nil, fmt.Errorf("pod %s/%s: port %d: %w", pod.Namespace, pod.Name, port, r.err)
	}
	return r.conn, nil
}

// dialIn connects from a network namespace. A socket belongs to the namespace that it was made in, so that dialing by
// hand in the locked thread is needed: the net package may go on in another.
func dialIn(ns string, port int32) (net.Conn, error) {
	if ns != "" {
		f, err := os.Open(ns)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
			return nil, os.NewSyscallError("setns", err)
		}
	}
	var last error
	for _, to := range []struct {
		family int
		addr   unix.Sockaddr
	}{
		{unix.AF_INET, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: int(port)}},
		{unix.AF_INET6, &unix.SockaddrInet6{Addr: [16]byte{15: 1}, Port: int(port)}},
	} {
		fd, err := unix.Socket(to.family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			last = os.NewSyscallError("socket", err)
			continue
		}
		if err := unix.Connect(fd, to.addr); err != nil { // to the loopback: at once
			unix.Close(fd)
			if last == nil {
				last = os.NewSyscallError("connect", err)
			}
			continue
		}
		f := os.NewFile(uintptr(fd), "127.0.0.1:"+strconv.Itoa(int(port)))
		c, err := net.FileConn(f)
		f.Close()
		return c, err
	}
	return nil, last
}
