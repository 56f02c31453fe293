package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

type logsFlags struct {
	follow, previous, timestamps bool
	tail                         int64
	since                        time.Duration
}

func (s *session) logs() *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs [SERVICE…]",
		Short: "Prints what the application's containers said, each line with its pod",
		RunE: func(cmd *cobra.Command, services []string) error {
			id, err := s.which.identify(cmd.Context())
			if err != nil {
				return err
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			l := &logReader{session: s, cluster: c, flags: f, begun: map[string]bool{}, out: prefixer(s.out)}
			err = l.run(cmd.Context(), id, services)
			if f.follow && errors.Is(err, context.Canceled) {
				return nil // Ctrl-C is how following ends
			}
			return err
		},
	}
	s.which.add(cmd, "")
	fl := cmd.Flags()
	fl.BoolVarP(&f.follow, "follow", "f", false, "go on printing, of new pods too, until Ctrl-C")
	fl.BoolVar(&f.previous, "previous", false, "of the container before the last restart")
	fl.BoolVarP(&f.timestamps, "timestamps", "t", false, "each line with its time")
	fl.Int64Var(&f.tail, "tail", -1, "only the last `N` lines of each container")
	fl.DurationVar(&f.since, "since", 0, "only what is not older than this `TIME`, such as 10m")
	return cmd
}

// logReader reads the logs of several containers at once.
type logReader struct {
	*session
	*cluster
	flags   logsFlags
	out     *prefixed
	mu      sync.Mutex
	begun   map[string]bool // pod/container/restart whose log is being read
	readers sync.WaitGroup
}

func (l *logReader) run(ctx context.Context, id identity, services []string) error {
	if !l.flags.follow {
		return l.once(ctx, id, services)
	}
	defer l.readers.Wait()
	opts := metav1.ListOptions{LabelSelector: id.selector(services)}
	pods, err := l.client.CoreV1().Pods(id.namespace).List(ctx, opts)
	if err != nil {
		return err
	}
	for i := range pods.Items {
		l.begin(ctx, &pods.Items[i])
	}
	for opts.ResourceVersion = pods.ResourceVersion; ; {
		w, err := l.client.CoreV1().Pods(id.namespace).Watch(ctx, opts)
		if err != nil {
			return err
		}
		for e := range w.ResultChan() {
			if e.Type == watch.Error {
				opts.ResourceVersion = "" // what was missed is told again, and what was begun is known
			}
			if p, ok := e.Object.(*corev1.Pod); ok {
				l.begin(ctx, p)
				opts.ResourceVersion = p.ResourceVersion
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// once prints what is there, pod after pod.
func (l *logReader) once(ctx context.Context, id identity, services []string) error {
	pods, err := l.podsOf(ctx, id, services)
	if err != nil {
		return err
	}
	if len(pods) == 0 {
		return l.nothing(ctx, id, services)
	}
	for i := range pods {
		for _, c := range containers(&pods[i]) {
			if started(c) || l.flags.previous {
				if err := l.read(ctx, &pods[i], c.Name); err != nil && !l.flags.previous {
					return err
				}
			}
		}
	}
	return nil
}

// nothing says why there is nothing to read, with the services that there is something of.
func (l *logReader) nothing(ctx context.Context, id identity, services []string) error {
	all, err := l.podsOf(ctx, id, nil)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("application %s in namespace %s: no pod of it is there; see slipway ps", id.name, id.namespace)
	}
	var names []string
	for i := range all {
		names = append(names, serviceOf(&all[i]))
	}
	return fmt.Errorf("service %s of %s: no pod of it is there, but of %s; see slipway ps", strings.Join(services, ", "), id.name, strings.Join(slices.Compact(names), ", "))
}

// begin follows the containers of a pod that have started and are not followed yet.
func (l *logReader) begin(ctx context.Context, p *corev1.Pod) {
	for _, c := range containers(p) {
		key := fmt.Sprintf("%s/%s/%d", p.Name, c.Name, c.RestartCount)
		l.mu.Lock()
		fresh := started(c) && !l.begun[key]
		l.begun[key] = l.begun[key] || fresh
		l.mu.Unlock()
		if fresh {
			l.readers.Go(func() { _ = l.read(ctx, p, c.Name) })
		}
	}
}

func (l *logReader) read(ctx context.Context, p *corev1.Pod, container string) error {
	opts := &corev1.PodLogOptions{Container: container, Follow: l.flags.follow, Previous: l.flags.previous, Timestamps: l.flags.timestamps}
	if l.flags.tail >= 0 {
		opts.TailLines = &l.flags.tail
	}
	if l.flags.since > 0 {
		secs := max(1, int64(l.flags.since.Seconds()))
		opts.SinceSeconds = &secs
	}
	name := p.Name
	if len(p.Spec.Containers)+len(p.Spec.InitContainers) > 1 {
		name += "/" + container
	}
	stream, err := l.client.CoreV1().Pods(p.Namespace).GetLogs(p.Name, opts).Stream(ctx)
	if err != nil {
		return fmt.Errorf("pod %s/%s: container %s: %w", p.Namespace, p.Name, container, err)
	}
	defer stream.Close()
	r := bufio.NewReader(stream)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			l.out.write(name, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func containers(p *corev1.Pod) []corev1.ContainerStatus {
	return append(append([]corev1.ContainerStatus{}, p.Status.InitContainerStatuses...), p.Status.ContainerStatuses...)
}

func started(c corev1.ContainerStatus) bool {
	return c.State.Running != nil || c.State.Terminated != nil || c.LastTerminationState.Terminated != nil
}
