package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/slipway-sh/slipway/internal/deliver"
	"github.com/slipway-sh/slipway/internal/objects"
)

func (s *session) ps() *cobra.Command {
	var all bool
	var output string
	cmd := &cobra.Command{
		Use:   "ps [SERVICE…]",
		Short: "Lists what runs of the application, or (--all) the applications",
		RunE: func(cmd *cobra.Command, services []string) error {
			if output != "" && output != "json" {
				return usageError{fmt.Sprintf("output %q is not known; json is", output)}
			}
			c, err := s.where.connect()
			if err != nil {
				return err
			}
			if all {
				return s.applications(cmd.Context(), c, output)
			}
			id, err := s.which.identify(cmd.Context())
			if err != nil {
				return err
			}
			return s.running(cmd.Context(), c, id, services, output)
		},
	}
	s.which.add(cmd, "f")
	cmd.Flags().BoolVarP(&all, "all", "a", false, "list the applications instead")
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FORMAT`: json")
	return cmd
}

// running is one line of ps.
type running struct {
	Service  string `json:"service"`
	Workload string `json:"workload"`
	Pod      string `json:"pod,omitempty"`
	Ready    bool   `json:"ready"`
	Status   string `json:"status"`
	Restarts int32  `json:"restarts"`
	Address  string `json:"address,omitempty"`
	Age      string `json:"age"`
}

func (s *session) running(ctx context.Context, c *cluster, id identity, services []string, output string) error {
	workloads, err := c.workloads(ctx, id, services)
	if err != nil {
		return err
	}
	pods, err := c.podsOf(ctx, id, services)
	if err != nil {
		return err
	}
	rows := []running{}
	for _, w := range workloads {
		mine := 0
		for i := range pods {
			if p := &pods[i]; belongs(p, w) {
				rows = append(rows, rowOf(p, w))
				mine++
			}
		}
		if mine == 0 {
			rows = append(rows, running{Service: w.service, Workload: w.Kind + "/" + w.Name, Status: w.status})
		}
	}
	if output == "json" {
		return json.NewEncoder(s.out).Encode(rows)
	}
	if len(rows) == 0 {
		fmt.Fprintf(s.errs, "nothing of application %s runs in namespace %s; see slipway ps --all\n", id.name, id.namespace)
		return nil
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tPOD\tREADY\tSTATUS\tRESTARTS\tADDRESS\tAGE")
	for _, r := range rows {
		ready := "no"
		if r.Ready {
			ready = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Service, dash(r.Pod), ready, r.Status, r.Restarts, dash(r.Address), dash(r.Age))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, a := range c.addresses(ctx, id.namespace) {
		fmt.Fprintf(s.out, "  %-12s %s\n", a.Service, a.URL)
	}
	return nil
}

// belongs tells whether a pod was made by the workload, whose name begins that of everything it makes.
func belongs(p *corev1.Pod, w workload) bool {
	owner := metav1.GetControllerOf(p)
	if owner == nil {
		return false
	}
	if owner.Kind == "ReplicaSet" {
		return w.Kind == "Deployment" && owner.Name == w.Name+"-"+p.Labels["pod-template-hash"]
	}
	return owner.Kind == w.Kind && owner.Name == w.Name
}

func rowOf(p *corev1.Pod, w workload) running {
	r := running{Service: w.service, Workload: w.Kind + "/" + w.Name, Pod: p.Name, Status: podStatus(p), Address: p.Status.PodIP,
		Age: duration.HumanDuration(time.Since(p.CreationTimestamp.Time))}
	for _, c := range p.Status.ContainerStatuses {
		r.Restarts += c.RestartCount
	}
	for _, c := range p.Status.Conditions {
		r.Ready = r.Ready || c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	}
	return r
}

// podStatus is what "kubectl get pods" calls STATUS: the most telling word.
func podStatus(p *corev1.Pod) string {
	if p.DeletionTimestamp != nil {
		return "Terminating"
	}
	for _, c := range append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...) {
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "" && c.State.Waiting.Reason != "PodInitializing":
			return c.State.Waiting.Reason
		case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
			return c.State.Terminated.Reason
		}
	}
	if p.Status.Phase == corev1.PodSucceeded {
		return "Completed"
	}
	return string(p.Status.Phase)
}

// applications lists what slipway has delivered to the cluster.
func (s *session) applications(ctx context.Context, c *cluster, output string) error {
	list, err := c.client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{LabelSelector: objects.LabelManagedBy + "=" + objects.Manager})
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	type application struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		Objects   int    `json:"objects"`
	}
	apps := []application{}
	for _, cm := range list.Items {
		if name, ok := strings.CutPrefix(cm.Name, deliver.InventoryPrefix); ok {
			apps = append(apps, application{name, cm.Namespace, len(strings.Fields(cm.Data["objects"])) / 3})
		}
	}
	if output == "json" {
		return json.NewEncoder(s.out).Encode(apps)
	}
	table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "APPLICATION\tNAMESPACE\tOBJECTS")
	for _, a := range apps {
		fmt.Fprintf(table, "%s\t%s\t%d\n", a.Name, a.Namespace, a.Objects)
	}
	return table.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
