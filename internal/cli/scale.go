package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-sh/slipway/internal/deliver"
)

func (s *session) scale() *cobra.Command {
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "scale SERVICE=N…",
		Short: "Sets how many replicas services have; up leaves that alone until the number in the files changes",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted, err := parseScale(args)
			if err != nil {
				return err
			}
			return s.operate(cmd.Context(), keys(wanted), wait, timeout, []string{"Deployment", "StatefulSet"},
				func(ctx context.Context, c *cluster, w workload) (*unstructured.Unstructured, error) {
					return c.target.Scale(ctx, w.Ref, wanted[w.service])
				})
		},
	}
	s.which.add(cmd, "f")
	waitFlags(cmd, &wait, &timeout)
	return cmd
}

func (s *session) restart() *cobra.Command {
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "restart [SERVICE…]",
		Short: "Replaces the pods of services, as a new version would, and waits until they are ready",
		RunE: func(cmd *cobra.Command, services []string) error {
			now := time.Now()
			return s.operate(cmd.Context(), services, wait, timeout, []string{"Deployment", "StatefulSet"},
				func(ctx context.Context, c *cluster, w workload) (*unstructured.Unstructured, error) {
					return c.target.Restart(ctx, w.Ref, now)
				})
		},
	}
	s.which.add(cmd, "f")
	waitFlags(cmd, &wait, &timeout)
	return cmd
}

func waitFlags(cmd *cobra.Command, wait *bool, timeout *time.Duration) {
	cmd.Flags().BoolVar(wait, "wait", true, "wait until they are ready")
	cmd.Flags().DurationVar(timeout, "timeout", 5*time.Minute, "give up waiting after this `TIME`")
}

// operate does something to the workloads of some services (all of the right kinds, if none is named) and waits.
func (s *session) operate(ctx context.Context, services []string, wait bool, timeout time.Duration, kinds []string,
	do func(context.Context, *cluster, workload) (*unstructured.Unstructured, error)) error {
	id, err := s.which.identify(ctx)
	if err != nil {
		return err
	}
	c, err := s.where.connect()
	if err != nil {
		return err
	}
	all, err := c.workloads(ctx, id, nil)
	if err != nil {
		return err
	}
	chosen, err := choose(all, id, services, kinds)
	if err != nil {
		return err
	}
	var changed []*unstructured.Unstructured
	for _, w := range chosen {
		u, err := do(ctx, c, w)
		if err != nil {
			return err
		}
		changed = append(changed, u)
	}
	if !wait {
		return nil
	}
	show := s.shower(false, "")
	defer show.close()
	return c.target.Wait(ctx, changed, deliver.WaitOptions{Timeout: timeout, Report: show.event})
}

// choose finds the workloads of the named services; every name must be that of one.
func choose(all []workload, id identity, services, kinds []string) ([]workload, error) {
	var chosen []workload
	var names []string
	for _, w := range all {
		if !slices.Contains(kinds, w.Kind) {
			continue
		}
		names = append(names, w.service)
		if len(services) == 0 || slices.Contains(services, w.service) {
			chosen = append(chosen, w)
		}
	}
	for _, name := range services {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("service %s of %s: none of that name runs here (%s); see slipway ps", name, id.name, dash(strings.Join(names, ", ")))
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("application %s in namespace %s: no service of it runs; see slipway ps --all", id.name, id.namespace)
	}
	return chosen, nil
}

func keys(m map[string]int) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
