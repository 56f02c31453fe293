package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/watch"
)

func (s *session) events() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Lists what happened to the application's objects, the newest last",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			id, err := s.which.identify(cmd.Context())
			if err != nil {
				return err
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			err = s.listEvents(cmd.Context(), c, id, follow)
			if follow && errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
	}
	s.which.add(cmd, "f")
	cmd.Flags().BoolVar(&follow, "follow", false, "go on until Ctrl-C")
	return cmd
}

func (s *session) listEvents(ctx context.Context, c *cluster, id identity, follow bool) error {
	list, err := c.client.CoreV1().Events(id.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("events in namespace %s: %w", id.namespace, err)
	}
	slices.SortStableFunc(list.Items, func(a, b corev1.Event) int { return lastSeen(&a).Compare(lastSeen(&b)) })
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "AGE\tTYPE\tREASON\tOBJECT\tMESSAGE")
	for i := range list.Items {
		printEvent(table, &list.Items[i])
	}
	if err := table.Flush(); err != nil || !follow {
		return err
	}
	opts := metav1.ListOptions{ResourceVersion: list.ResourceVersion}
	for ctx.Err() == nil {
		w, err := c.client.CoreV1().Events(id.namespace).Watch(ctx, opts)
		if err != nil {
			return err
		}
		for change := range w.ResultChan() {
			if change.Type == watch.Error {
				return fmt.Errorf("events in namespace %s: %w", id.namespace, apierrors.FromObject(change.Object))
			}
			if e, ok := change.Object.(*corev1.Event); ok {
				opts.ResourceVersion = e.ResourceVersion
				printEvent(table, e)
				if err := table.Flush(); err != nil {
					return err
				}
			}
		}
	}
	return ctx.Err()
}

func printEvent(table *tabwriter.Writer, e *corev1.Event) {
	times := ""
	if e.Count > 1 {
		times = fmt.Sprintf(" (%d times)", e.Count)
	}
	fmt.Fprintf(table, "%s\t%s\t%s\t%s/%s\t%s%s\n", duration.HumanDuration(time.Since(lastSeen(e))), e.Type, e.Reason,
		strings.ToLower(e.InvolvedObject.Kind), e.InvolvedObject.Name, strings.Join(strings.Fields(e.Message), " "), times)
}

func lastSeen(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}
