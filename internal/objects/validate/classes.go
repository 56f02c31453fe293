package validate

import (
	"fmt"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	highestPriority = 1_000_000_000 // that is not the system's own
	systemPrefix    = "system-"
)

// systemPriority are the classes that Kubernetes has of its own.
var systemPriority = map[string]int32{"system-node-critical": 2*highestPriority + 1000, "system-cluster-critical": 2 * highestPriority}

func priorityClass(f *findings, c *schedulingv1.PriorityClass) {
	if strings.HasPrefix(c.Name, systemPrefix) {
		want, known := systemPriority[c.Name]
		why := ""
		switch {
		case !known:
			why = c.Name + " is not a known system priority class"
		case c.Value != want:
			why = fmt.Sprintf("value of %s PriorityClass must be %d", c.Name, want)
		case c.GlobalDefault:
			why = fmt.Sprintf("globalDefault of %s PriorityClass must be %t", c.Name, false)
		}
		if why != "" {
			f.forbid(metadata.Child("name"), "priority class names with '"+systemPrefix+"' prefix are reserved for system use only. error: "+why)
		}
	} else if c.Value > highestPriority {
		f.forbid(field.NewPath("value"), fmt.Sprintf("maximum allowed value of a user defined priority is %d", highestPriority))
	}
	optional(f, field.NewPath("preemptionPolicy"), c.PreemptionPolicy, corev1.PreemptLowerPriority, corev1.PreemptNever)
}

func runtimeClass(f *findings, c *nodev1.RuntimeClass) {
	if c.Handler == "" {
		f.required(field.NewPath("handler"))
	} else {
		f.label(field.NewPath("handler"), c.Handler)
	}
	if o := c.Overhead; o != nil {
		requirements(f, field.NewPath("overhead"), &corev1.ResourceRequirements{Limits: o.PodFixed}, nil)
	}
	if c.Scheduling == nil {
		return
	}
	at := field.NewPath("scheduling")
	f.all(metavalidation.ValidateLabels(c.Scheduling.NodeSelector, at.Child("nodeSelector")))
	tolerations(f, at.Child("tolerations"), c.Scheduling.Tolerations)
	seen := sets.New[corev1.Toleration]()
	for i, t := range c.Scheduling.Tolerations {
		t.TolerationSeconds = nil
		unique(f, at.Child("tolerations").Index(i), seen, t)
	}
}

// lease does not look at strategy and preferredHolder: a server drops them unless it is told to heed them.
func lease(f *findings, s *coordinationv1.LeaseSpec) {
	if d := s.LeaseDurationSeconds; d != nil && *d <= 0 {
		f.invalid(objectSpec.Child("leaseDurationSeconds"), *d, "must be greater than 0")
	}
	if n := s.LeaseTransitions; n != nil && *n < 0 {
		f.invalid(objectSpec.Child("leaseTransitions"), *n, "must be greater than or equal to 0")
	}
}
