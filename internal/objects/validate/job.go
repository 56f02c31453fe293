package validate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func job(f *findings, j *batchv1.Job) {
	s := &j.Spec
	generated(f, j)
	jobSpec(f, objectSpec, s)
	if s.Selector == nil {
		f.required(objectSpec.Child("selector"))
	} else {
		f.selector(objectSpec.Child("selector"), s.Selector)
	}
	if sel, err := metav1.LabelSelectorAsSelector(s.Selector); err == nil && !sel.Matches(labels.Set(s.Template.Labels)) {
		f.invalid(objectSpec.Child("template", "metadata", "labels"), s.Template.Labels, noMatch)
	}
	if indexed(s) && s.Completions != nil && *s.Completions > 0 {
		if host := fmt.Sprintf("%s-%d", j.Name, *s.Completions-1); len(validation.IsDNS1123Label(host)) > 0 {
			f.invalid(metadata.Child("name"), j.Name, "will not able to create pod with invalid DNS label: "+host)
		}
	}
}

// generated wants the labels and the selector that a Job gets by its UID, unless it selects by hand.
func generated(f *findings, j *batchv1.Job) {
	if m := j.Spec.ManualSelector; m != nil && *m || j.Spec.Selector == nil {
		return
	}
	if j.UID == "" {
		f.required(metadata.Child("uid"))
	}
	uid := string(j.UID)
	want := labels.Set{"controller-uid": uid, "job-name": j.Name, batchv1.ControllerUidLabel: uid, batchv1.JobNameLabel: j.Name}
	at := objectSpec.Child("template", "metadata", "labels")
	for _, k := range []string{"controller-uid", "job-name", batchv1.ControllerUidLabel, batchv1.JobNameLabel} {
		if v, ok := j.Spec.Template.Labels[k]; !ok {
			f.add(field.Required(at.Key(k), fmt.Sprintf("must be '%s'", want[k])))
		} else if v != want[k] {
			f.invalid(at.Key(k), j.Spec.Template.Labels, fmt.Sprintf("must be '%s'", want[k]))
		}
	}
	if sel, err := metav1.LabelSelectorAsSelector(j.Spec.Selector); err == nil && !sel.Matches(want) {
		f.invalid(objectSpec.Child("selector"), j.Spec.Selector, "`selector` not auto-generated")
	}
}

func indexed(s *batchv1.JobSpec) bool {
	return s.CompletionMode != nil && *s.CompletionMode == batchv1.IndexedCompletion
}

func jobSpec(f *findings, p *field.Path, s *batchv1.JobSpec) {
	notNegativeIf(f, p.Child("parallelism"), s.Parallelism)
	notNegativeIf(f, p.Child("completions"), s.Completions)
	notNegativeIf(f, p.Child("activeDeadlineSeconds"), s.ActiveDeadlineSeconds)
	notNegativeIf(f, p.Child("backoffLimit"), s.BackoffLimit)
	notNegativeIf(f, p.Child("ttlSecondsAfterFinished"), s.TTLSecondsAfterFinished)
	notNegativeIf(f, p.Child("backoffLimitPerIndex"), s.BackoffLimitPerIndex)
	if s.MaxFailedIndexes != nil {
		f.notNegative(p.Child("maxFailedIndexes"), int64(*s.MaxFailedIndexes))
		if s.BackoffLimitPerIndex == nil {
			f.add(field.Required(p.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"))
		}
	}
	if s.ManagedBy != nil {
		f.all(validation.IsDomainPrefixedPath(p.Child("managedBy"), *s.ManagedBy))
		if len(*s.ManagedBy) > 63 {
			f.add(field.TooLong(p.Child("managedBy"), "", 63))
		}
	}
	optional(f, p.Child("completionMode"), s.CompletionMode, batchv1.NonIndexedCompletion, batchv1.IndexedCompletion)
	if indexed(s) {
		indexedJob(f, p, s)
	} else if s.CompletionMode == nil || *s.CompletionMode == batchv1.NonIndexedCompletion {
		const why = "requires indexed completion mode"
		if s.BackoffLimitPerIndex != nil {
			f.invalid(p.Child("backoffLimitPerIndex"), *s.BackoffLimitPerIndex, why)
		}
		if s.MaxFailedIndexes != nil {
			f.invalid(p.Child("maxFailedIndexes"), *s.MaxFailedIndexes, why)
		}
	}
	if s.PodFailurePolicy != nil {
		failurePolicy(f, p.Child("podFailurePolicy", "rules"), s)
	}
	if s.SuccessPolicy != nil {
		successPolicy(f, p.Child("successPolicy"), s)
	}
	if r := s.PodReplacementPolicy; r != nil {
		allowed := []batchv1.PodReplacementPolicy{batchv1.Failed, batchv1.TerminatingOrFailed}
		if s.PodFailurePolicy != nil {
			allowed = allowed[:1]
		}
		enum(f, p.Child("podReplacementPolicy"), *r, allowed...)
	}
	template(f, p.Child("template"), &s.Template)
	at := p.Child("template", "spec", "restartPolicy")
	switch r := s.Template.Spec.RestartPolicy; {
	case r == corev1.RestartPolicyAlways || r == "":
		f.add(field.Required(at, `valid values: "OnFailure", "Never"`))
	case r != corev1.RestartPolicyOnFailure && r != corev1.RestartPolicyNever:
		enum(f, at, r, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)
	case s.PodFailurePolicy != nil && r != corev1.RestartPolicyNever:
		f.invalid(at, r, `only "Never" is supported when podFailurePolicy is specified`)
	}
}

func indexedJob(f *findings, p *field.Path, s *batchv1.JobSpec) {
	if s.Completions == nil {
		f.add(field.Required(p.Child("completions"), "when completion mode is Indexed"))
	}
	if s.Parallelism != nil && *s.Parallelism > 100000 {
		f.invalid(p.Child("parallelism"), *s.Parallelism, "must be less than or equal to 100000 when completion mode is Indexed")
	}
	if s.Completions != nil && s.MaxFailedIndexes != nil && *s.MaxFailedIndexes > *s.Completions {
		f.invalid(p.Child("maxFailedIndexes"), *s.MaxFailedIndexes, "must be less than or equal to completions")
	}
	if s.MaxFailedIndexes != nil && *s.MaxFailedIndexes > 100000 {
		f.invalid(p.Child("maxFailedIndexes"), *s.MaxFailedIndexes, "must be less than or equal to 100000")
	}
}

func failurePolicy(f *findings, p *field.Path, s *batchv1.JobSpec) {
	if n := len(s.PodFailurePolicy.Rules); n > 20 {
		f.add(field.TooMany(p, n, 20))
	}
	names := sets.New[string]()
	for _, list := range [][]corev1.Container{s.Template.Spec.Containers, s.Template.Spec.InitContainers} {
		for _, c := range list {
			names.Insert(c.Name)
		}
	}
	actions := []batchv1.PodFailurePolicyAction{batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore}
	for i, r := range s.PodFailurePolicy.Rules {
		at := p.Index(i)
		if r.Action == "" {
			f.add(field.Required(at.Child("action"), fmt.Sprintf("valid values: %q", actions)))
		} else if r.Action == batchv1.PodFailurePolicyActionFailIndex && s.BackoffLimitPerIndex == nil {
			f.invalid(at.Child("action"), r.Action, "requires the backoffLimitPerIndex to be set")
		} else {
			enum(f, at.Child("action"), r.Action, actions...)
		}
		if r.OnExitCodes != nil {
			exitCodes(f, at.Child("onExitCodes"), r.OnExitCodes, names)
		}
		statuses := []corev1.ConditionStatus{corev1.ConditionFalse, corev1.ConditionTrue, corev1.ConditionUnknown}
		for j, c := range r.OnPodConditions {
			on := at.Child("onPodConditions").Index(j)
			f.invalid(on.Child("type"), string(c.Type), validation.IsQualifiedName(string(c.Type))...)
			if c.Status == "" {
				f.add(field.Required(on.Child("status"), fmt.Sprintf("valid values: %q", statuses)))
			} else {
				enum(f, on.Child("status"), c.Status, statuses...)
			}
		}
		if r.OnExitCodes != nil && len(r.OnPodConditions) > 0 {
			f.invalid(at, field.OmitValueType{}, "specifying both OnExitCodes and OnPodConditions is not supported")
		}
		if r.OnExitCodes == nil && len(r.OnPodConditions) == 0 {
			f.invalid(at, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required")
		}
	}
}

func exitCodes(f *findings, p *field.Path, r *batchv1.PodFailurePolicyOnExitCodesRequirement, names sets.Set[string]) {
	ops := []batchv1.PodFailurePolicyOnExitCodesOperator{batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn}
	if r.Operator == "" {
		f.add(field.Required(p.Child("operator"), fmt.Sprintf("valid values: %q", ops)))
	} else {
		enum(f, p.Child("operator"), r.Operator, ops...)
	}
	if r.ContainerName != nil && !names.Has(*r.ContainerName) {
		f.invalid(p.Child("containerName"), *r.ContainerName, "must be one of the container or initContainer names in the pod template")
	}
	at := p.Child("values")
	if len(r.Values) == 0 {
		f.invalid(at, r.Values, "at least one value is required")
	} else if len(r.Values) > 255 {
		f.add(field.TooMany(at, len(r.Values), 255))
	}
	seen := sets.New[int32]()
	for i, v := range r.Values {
		if r.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn && v == 0 {
			f.invalid(at.Index(i), v, "must not be 0 for the In operator")
		}
		unique(f, at.Index(i), seen, v)
	}
	if !slices.IsSorted(r.Values) {
		f.invalid(at, r.Values, "must be ordered")
	}
}

func successPolicy(f *findings, p *field.Path, s *batchv1.JobSpec) {
	if !indexed(s) {
		f.invalid(p, *s.SuccessPolicy, "requires indexed completion mode")
		return
	}
	at := p.Child("rules")
	if n := len(s.SuccessPolicy.Rules); n == 0 {
		f.add(field.Required(at, "at least one rules must be specified when the successPolicy is specified"))
	} else if n > 20 {
		f.add(field.TooMany(at, n, 20))
	}
	for i, r := range s.SuccessPolicy.Rules {
		if r.SucceededCount == nil && r.SucceededIndexes == nil {
			f.add(field.Required(at.Index(i), "at least one of succeededCount or succeededIndexes must be specified"))
		}
		total := int32(0)
		if list := r.SucceededIndexes; list != nil && s.Completions != nil {
			var err error
			if total, err = indexes(*list, *s.Completions); err != nil {
				f.invalid(at.Index(i).Child("succeededIndexes"), *list, "error parsing succeededIndexes: "+err.Error())
			}
			if len(*list) > maxIndexes {
				f.add(field.TooLong(at.Index(i).Child("succeededIndexes"), "", maxIndexes))
			}
		}
		if c := r.SucceededCount; c != nil {
			count := at.Index(i).Child("succeededCount")
			f.notNegative(count, int64(*c))
			if s.Completions != nil && *c > *s.Completions {
				f.invalid(count, *c, fmt.Sprintf("must be less than or equal to %d (the number of specified completions)", *s.Completions))
			}
			if r.SucceededIndexes != nil && s.Completions != nil && *c > total {
				f.invalid(count, *c, fmt.Sprintf("must be less than or equal to %d (the number of indexes in the specified succeededIndexes field)", total))
			}
		}
	}
}

const maxIndexes = 64 << 10 // bytes

// indexes counts those of a list such as "1,3-5", which must rise and be below the number of completions.
func indexes(list string, completions int32) (int32, error) {
	if list == "" {
		return 0, nil
	}
	total, last := 0, -1
	number := func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("cannot convert string to integer for index: %q", text)
		}
		if n >= int(completions) {
			return 0, fmt.Errorf("too large index: %q", text)
		}
		return n, nil
	}
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if strings.Contains(to, "-") {
			return 0, fmt.Errorf("the fragment %q violates the requirement that an index interval can have at most two parts separated by '-'", part)
		}
		x, err := number(from)
		if err != nil {
			return 0, err
		}
		y := x
		if isRange {
			if y, err = number(to); err != nil {
				return 0, err
			}
			if x >= y {
				return 0, fmt.Errorf("non-increasing order, previous: %d, current: %d", x, y)
			}
		}
		if total > 0 && last >= x {
			return 0, fmt.Errorf("non-increasing order, previous: %d, current: %d", last, x)
		}
		total, last = total+y-x+1, y
	}
	return int32(total), nil //nolint:gosec // below the number of completions
}

func jobChange(f *findings, s, old *batchv1.JobSpec, started bool) {
	if !indexed(s) {
		f.immutable(objectSpec.Child("completions"), s.Completions, old.Completions)
	} else if !same(s.Completions, old.Completions) && s.Completions != nil && (s.Parallelism == nil || *s.Completions != *s.Parallelism) {
		f.invalid(objectSpec.Child("completions"), *s.Completions, "can only be modified in tandem with spec.parallelism")
	}
	f.immutable(objectSpec.Child("selector"), s.Selector, old.Selector)
	if suspended := old.Suspend != nil && *old.Suspend; suspended && !started {
		f.immutable(objectSpec.Child("template", "spec"), s.Template.Spec, placed(old.Template.Spec, s.Template.Spec))
	} else {
		f.immutable(objectSpec.Child("template"), s.Template, old.Template)
	}
	f.immutable(objectSpec.Child("completionMode"), s.CompletionMode, old.CompletionMode)
	f.immutable(objectSpec.Child("podFailurePolicy"), s.PodFailurePolicy, old.PodFailurePolicy)
	f.immutable(objectSpec.Child("backoffLimitPerIndex"), s.BackoffLimitPerIndex, old.BackoffLimitPerIndex)
	f.immutable(objectSpec.Child("managedBy"), s.ManagedBy, old.ManagedBy)
	f.immutable(objectSpec.Child("successPolicy"), s.SuccessPolicy, old.SuccessPolicy)
}

// placed is a pod with what may still change of a Job that has not begun: where it runs, and with how much (KEP-2926,
// KEP-5440).
func placed(old, now corev1.PodSpec) corev1.PodSpec {
	out := *old.DeepCopy()
	out.NodeSelector, out.Affinity, out.Tolerations, out.SchedulingGates = now.NodeSelector, now.Affinity, now.Tolerations, now.SchedulingGates
	for _, list := range [][2][]corev1.Container{{out.InitContainers, now.InitContainers}, {out.Containers, now.Containers}} {
		for i := range min(len(list[0]), len(list[1])) {
			list[0][i].Resources = list[1][i].Resources
		}
	}
	return out
}
