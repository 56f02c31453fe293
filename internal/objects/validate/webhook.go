package validate

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// webhook is what validating and mutating webhooks have in common.
type webhook struct {
	name       string
	client     admissionv1.WebhookClientConfig
	rules      []admissionv1.RuleWithOperations
	failure    *admissionv1.FailurePolicyType
	match      *admissionv1.MatchPolicyType
	effects    *admissionv1.SideEffectClass
	timeout    *int32
	namespaces *metav1.LabelSelector
	objects    *metav1.LabelSelector
	again      *admissionv1.ReinvocationPolicyType
	versions   []string
	conditions []admissionv1.MatchCondition
}

func validatingWebhooks(f *findings, list []admissionv1.ValidatingWebhook) {
	var hooks []webhook
	for _, h := range list {
		hooks = append(hooks, webhook{h.Name, h.ClientConfig, h.Rules, h.FailurePolicy, h.MatchPolicy, h.SideEffects, h.TimeoutSeconds,
			h.NamespaceSelector, h.ObjectSelector, nil, h.AdmissionReviewVersions, h.MatchConditions})
	}
	webhooks(f, hooks)
}

func mutatingWebhooks(f *findings, list []admissionv1.MutatingWebhook) {
	var hooks []webhook
	for _, h := range list {
		hooks = append(hooks, webhook{h.Name, h.ClientConfig, h.Rules, h.FailurePolicy, h.MatchPolicy, h.SideEffects, h.TimeoutSeconds,
			h.NamespaceSelector, h.ObjectSelector, h.ReinvocationPolicy, h.AdmissionReviewVersions, h.MatchConditions})
	}
	webhooks(f, hooks)
}

func webhooks(f *findings, hooks []webhook) {
	names := sets.New[string]()
	for i := range hooks {
		h, p := &hooks[i], field.NewPath("webhooks").Index(i)
		f.all(validation.IsFullyQualifiedName(p.Child("name"), h.name))
		for j := range h.rules {
			hookRule(f, p.Child("rules").Index(j), &h.rules[j])
		}
		optional(f, p.Child("failurePolicy"), h.failure, admissionv1.Fail, admissionv1.Ignore)
		optional(f, p.Child("matchPolicy"), h.match, admissionv1.Equivalent, admissionv1.Exact)
		if h.effects == nil {
			f.add(field.Required(p.Child("sideEffects"), "must specify one of None, NoneOnDryRun"))
		}
		optional(f, p.Child("sideEffects"), h.effects, admissionv1.SideEffectClassNone, admissionv1.SideEffectClassNoneOnDryRun)
		if t := h.timeout; t != nil && (*t < 1 || *t > 30) {
			f.invalid(p.Child("timeoutSeconds"), *t, "the timeout value must be between 1 and 30 seconds")
		}
		f.selector(p.Child("namespaceSelector"), h.namespaces)
		f.selector(p.Child("objectSelector"), h.objects)
		optional(f, p.Child("reinvocationPolicy"), h.again, admissionv1.IfNeededReinvocationPolicy, admissionv1.NeverReinvocationPolicy)
		hookClient(f, p.Child("clientConfig"), &h.client)
		matchConditions(f, p.Child("matchConditions"), h.conditions)
		reviewVersions(f, p.Child("admissionReviewVersions"), h.versions)
		if h.name != "" {
			unique(f, p.Child("name"), names, h.name)
		}
	}
}

func hookRule(f *findings, p *field.Path, r *admissionv1.RuleWithOperations) {
	alone := func(name, others string, given bool, n int, value any) {
		if n == 0 {
			f.required(p.Child(name))
		}
		if n > 1 && given {
			f.invalid(p.Child(name), value, "if '*' is present, must not specify other "+others)
		}
	}
	alone("operations", "operations", slices.Contains(r.Operations, admissionv1.OperationAll), len(r.Operations), r.Operations)
	for i, o := range r.Operations {
		enum(f, p.Child("operations").Index(i), o, admissionv1.OperationAll, admissionv1.Connect, admissionv1.Create, admissionv1.Delete, admissionv1.Update)
	}
	alone("apiGroups", "API groups", slices.Contains(r.APIGroups, "*"), len(r.APIGroups), r.APIGroups)
	alone("apiVersions", "API versions", slices.Contains(r.APIVersions, "*"), len(r.APIVersions), r.APIVersions)
	for i, v := range r.APIVersions {
		if v == "" {
			f.required(p.Child("apiVersions").Index(i))
		}
	}
	hookResources(f, p.Child("resources"), r.Resources)
	optional(f, p.Child("scope"), r.Scope, admissionv1.AllScopes, admissionv1.ClusterScope, admissionv1.NamespacedScope)
}

// hookResources wants that no entry says what another has said with a star.
func hookResources(f *findings, p *field.Path, list []string) {
	if len(list) == 0 {
		f.required(p)
	}
	whole, everywhere := sets.New[string](), sets.New[string]() // r/* and */s
	plain := false                                              // as a server does: what the last entry without a slash is
	for i, text := range list {
		if text == "" {
			f.required(p.Index(i))
			continue
		}
		r, sub, slash := strings.Cut(text, "/")
		if !slash {
			plain = text != "*"
			continue
		}
		if whole.Has(r) {
			f.invalid(p.Index(i), text, fmt.Sprintf("if '%s/*' is present, must not specify %s", r, text))
		}
		if everywhere.Has(sub) {
			f.invalid(p.Index(i), text, fmt.Sprintf("if '*/%s' is present, must not specify %s", sub, text))
		}
		if sub == "*" {
			whole.Insert(r)
		}
		if r == "*" {
			everywhere.Insert(sub)
		}
	}
	if len(list) > 1 && slices.Contains(list, "*/*") {
		f.invalid(p, list, "if '*/*' is present, must not specify other resources")
	}
	if plain && slices.Contains(list, "*") {
		f.invalid(p, list, "if '*' is present, must not specify other resources without subresources")
	}
}

// WebhookClient returns why an API server would not take that for the place of a webhook.
func WebhookClient(p *field.Path, c *admissionv1.WebhookClientConfig) field.ErrorList {
	f := &findings{}
	hookClient(f, p, c)
	return f.errs
}

func hookClient(f *findings, p *field.Path, c *admissionv1.WebhookClientConfig) {
	switch {
	case (c.URL == nil) == (c.Service == nil):
		f.add(field.Required(p, "exactly one of url or service is required"))
	case c.URL != nil:
		hookURL(f, p.Child("url"), *c.URL)
	default:
		hookService(f, p.Child("service"), c.Service)
	}
}

func hookURL(f *findings, p *field.Path, text string) {
	const form = "; desired format: https://host[/path]"
	u, err := url.Parse(text)
	if err != nil {
		f.add(field.Required(p, "url must be a valid URL: "+err.Error()+form))
		return
	}
	if u.Scheme != "https" {
		f.invalid(p, u.Scheme, "'https' is the only allowed URL scheme"+form)
	}
	if u.Host == "" {
		f.invalid(p, u.Host, "host must be specified"+form)
	}
	if u.User != nil {
		f.invalid(p, u.User.String(), "user information is not permitted in the URL")
	}
	if u.Fragment != "" {
		f.invalid(p, u.Fragment, "fragments are not permitted in the URL")
	}
	if u.RawQuery != "" {
		f.invalid(p, u.RawQuery, "query parameters are not permitted in the URL")
	}
}

func hookService(f *findings, p *field.Path, s *admissionv1.ServiceReference) {
	if s.Namespace == "" { // a server takes the two for each other
		f.required(p.Child("name"))
	}
	if s.Name == "" {
		f.required(p.Child("namespace"))
	}
	if s.Port != nil {
		if msgs := validation.IsValidPortNum(int(*s.Port)); len(msgs) > 0 {
			f.invalid(p.Child("port"), *s.Port, "port is not valid: "+strings.Join(msgs, ", "))
		}
	}
	if s.Path == nil || *s.Path == "" || *s.Path == "/" {
		return
	}
	at := p.Child("path")
	if !strings.HasPrefix(*s.Path, "/") {
		f.invalid(at, *s.Path, "must start with a '/'")
	}
	for i, step := range strings.Split(strings.TrimSuffix((*s.Path)[1:], "/"), "/") {
		if step == "" {
			f.invalid(at, *s.Path, fmt.Sprintf("segment[%d] may not be empty", i))
			continue
		}
		for _, m := range validation.IsDNS1123Subdomain(step) {
			f.invalid(at, *s.Path, fmt.Sprintf("segment[%d]: %v", i, m))
		}
	}
}

// matchConditions judges all but the expressions: to compile them takes a library that would fill the engine's memory.
func matchConditions(f *findings, p *field.Path, list []admissionv1.MatchCondition) {
	if len(list) > 64 {
		f.add(field.TooMany(p, len(list), 64))
	}
	names := sets.New[string]()
	for i, c := range list {
		at := p.Index(i)
		if strings.TrimSpace(c.Expression) == "" {
			f.required(at.Child("expression"))
		}
		if c.Name == "" {
			f.required(at.Child("name"))
			continue
		}
		f.qualified(at.Child("name"), c.Name)
		unique(f, at.Child("name"), names, c.Name)
	}
}

func reviewVersions(f *findings, p *field.Path, list []string) {
	if len(list) == 0 {
		f.add(field.Required(p, "must specify one of v1, v1beta1"))
		return
	}
	seen := sets.New[string]()
	for i, v := range list {
		if seen.Has(v) {
			f.invalid(p.Index(i), v, "duplicate version")
			continue
		}
		seen.Insert(v)
		f.invalid(p.Index(i), v, validation.IsDNS1035Label(v)...)
	}
	if !seen.HasAny("v1", "v1beta1") {
		f.invalid(p, list, "must include at least one of v1, v1beta1")
	}
}
