package audit

import (
	"math/rand"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// mistake is a sort of mistake: where it can be made, and how. change tells in a few words what it did.
type mistake struct {
	name   string
	fits   func(*site) bool
	change func(*site, *rand.Rand) string
}

func isText(s *site) bool {
	return s.value.Kind == yaml.ScalarNode && (s.value.Tag == "!!str" || s.value.Tag == "")
}
func isNumber(s *site) bool { return s.value.Kind == yaml.ScalarNode && s.value.Tag == "!!int" }
func isTruth(s *site) bool  { return s.value.Kind == yaml.ScalarNode && s.value.Tag == "!!bool" }
func isMap(s *site) bool    { return s.value.Kind == yaml.MappingNode }
func isList(s *site) bool   { return s.value.Kind == yaml.SequenceNode }
func isField(s *site) bool  { return s.key() != nil }
func isItem(s *site) bool   { return s.key() == nil }
func isEnum(s *site) bool {
	v := s.value.Value
	return isText(s) && !named(s) && v != "" && v[0] >= 'A' && v[0] <= 'Z' && strings.IndexFunc(v, func(r rune) bool { return r < 'A' || r > 'z' }) < 0
}

// named tells a field whose keys and values are the author's own.
func named(s *site) bool {
	for _, n := range []string{"data", "stringData", "labels", "annotations", "parameters", "options"} {
		if s.under(n) {
			return true
		}
	}
	return false
}

func called(names ...string) func(*site) bool {
	return func(s *site) bool {
		for _, n := range names {
			if s.name() == n {
				return true
			}
		}
		return false
	}
}

func and(all ...func(*site) bool) func(*site) bool {
	return func(s *site) bool {
		for _, f := range all {
			if !f(s) {
				return false
			}
		}
		return true
	}
}

func isName(s *site) bool {
	n := s.name()
	return isText(s) && (strings.HasSuffix(n, "ame") || strings.HasSuffix(n, "Name") || n == "namespace" || n == "kind")
}

func isQuantity(s *site) bool {
	for _, n := range []string{"requests", "limits", "capacity", "hard", "max", "min", "default", "defaultRequest", "podFixed", "overhead"} {
		if s.up != nil && s.up.name() == n && s.value.Kind == yaml.ScalarNode && isField(s) {
			return true
		}
	}
	return called("averageValue", "sizeLimit", "storage")(s) && s.value.Kind == yaml.ScalarNode
}

func isPort(s *site) bool {
	return strings.HasSuffix(strings.ToLower(s.name()), "port") && s.value.Kind == yaml.ScalarNode
}

func isSelector(s *site) bool {
	return isText(s) && isField(s) && (s.under("matchLabels") || s.up != nil && (s.up.name() == "selector" || s.up.name() == "labels"))
}

func isPercent(s *site) bool {
	return called("maxUnavailable", "maxSurge", "minAvailable")(s) && s.value.Kind == yaml.ScalarNode
}

// put replaces the value by one of those that are given.
func put(values ...string) func(*site, *rand.Rand) string {
	return func(s *site, r *rand.Rand) string {
		v := values[r.Intn(len(values))]
		s.set(parsed(v))
		return shorten(v)
	}
}

// say replaces the value by one of the texts.
func say(values ...string) func(*site, *rand.Rand) string {
	return func(s *site, r *rand.Rand) string {
		v := values[r.Intn(len(values))]
		s.set(quoted(v))
		return shorten(v)
	}
}

func shorten(v string) string {
	if len(v) > 30 {
		return v[:30] + "…"
	}
	return v
}

var long = strings.Repeat("harbour-", 40) + "end"

// mistakes are in the order in which they are made.
var mistakes = []mistake{
	{"a field is missing", isField, func(s *site, _ *rand.Rand) string { s.remove(); return "" }},
	{"another field is missing", and(isField, deep(3)), func(s *site, _ *rand.Rand) string { s.remove(); return "" }},
	{"a required field is missing", called("name", "image", "containers", "selector", "template", "key", "path", "port", "roleRef", "rules", "spec", "type", "verbs", "accessModes", "provisioner", "handler", "cidr", "schedule", "maxReplicas", "mountPath", "topologyKey", "driver", "sideEffects", "versions"),
		func(s *site, _ *rand.Rand) string { s.remove(); return "" }},
	{"an item is missing", isItem, func(s *site, _ *rand.Rand) string { s.remove(); return "" }},
	{"a list is empty", isList, put("[]")},
	{"a mapping is empty", isMap, put("{}")},
	{"a field has no value", isField, put("null")},
	{"a mapping for a value", scalarField, put("{name: one}", "{}")},
	{"a list for a value", scalarField, put("[one]", "[]", "[1]")},
	{"a value for a mapping", isMap, put("one", "1", "true", "[]", `""`)},
	{"a value for a list", isList, put("one", "1", "{}", `""`)},
	{"a mapping for a list of one", and(isList, func(s *site) bool { return len(s.value.Content) > 0 }), func(s *site, _ *rand.Rand) string {
		s.set(s.value.Content[0])
		return ""
	}},
	{"a list around a mapping", and(isMap, isField), func(s *site, _ *rand.Rand) string {
		s.set(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{s.value}})
		return ""
	}},
	{"a number for a text", isText, put("7", "1.5", "-3")},
	{"a truth value for a text", isText, put("true", "no", "off")},
	{"a text for a number", isNumber, func(s *site, _ *rand.Rand) string { s.set(quoted(s.value.Value)); return "quoted" }},
	{"a word for a number", isNumber, say("many", "", "1x")},
	{"a text for a truth value", isTruth, say("true", "false", "yes", "")},
	{"a number for a truth value", isTruth, put("0", "1")},
	{"a fraction for a number", isNumber, put("1.5", "1.0", "1e3", "1e-1")},
	{"a negative number", isNumber, put("-1", "-100")},
	{"nothing for a number", isNumber, put("0")},
	{"a number too large", isNumber, put("2147483648", "9223372036854775808", "70000", "101", "1000000001")},
	{"an unknown field", isMap, unknownField("extra", "Name", "spec", "replica", "environment")},
	{"an unknown field far inside", and(isMap, deep(4)), unknownField("extra", "ports", "resource", "cpu", "label")},
	{"a misspelt field", and(isField, notNamed), misspell},
	{"a misspelt field far inside", and(isField, deep(5), notNamed), misspell},
	{"another case of a field", and(isField, notNamed), func(s *site, _ *rand.Rand) string {
		k := s.key()
		k.Value = flip(k.Value)
		return k.Value
	}},
	{"a field twice", isField, func(s *site, r *rand.Rand) string {
		v := copyOf(s.value)
		if r.Intn(2) == 0 && v.Kind == yaml.ScalarNode {
			v.Value += "0"
		}
		s.parent.Content = append(s.parent.Content, copyOf(s.key()), v)
		return ""
	}},
	{"an item twice", isItem, func(s *site, _ *rand.Rand) string {
		s.parent.Content = append(s.parent.Content, copyOf(s.value))
		return ""
	}},
	{"a named item twice with other content", and(isItem, isMap), func(s *site, _ *rand.Rand) string {
		c := copyOf(s.value)
		for i := 3; i < len(c.Content); i += 2 {
			if v := c.Content[i]; v.Kind == yaml.ScalarNode && (v.Tag == "!!str" || v.Tag == "") {
				v.Value += "-other"
				break
			}
		}
		s.parent.Content = append(s.parent.Content, c)
		return ""
	}},
	{"fields one step too far left", and(isMap, isField, func(s *site) bool { return s.up != nil }), func(s *site, _ *rand.Rand) string {
		inner := s.value.Content
		s.set(scalar("null"))
		s.parent.Content = append(s.parent.Content, inner...)
		return ""
	}},
	{"a bad name", isName, say("Harbour", "har_bour", "-harbour", "harbour-", "har bour", "har/bour", "harbour.", "häfen", "", ".", "har..bour", "harbour.example.com")},
	{"another bad name", and(isName, deep(3)), say("Harbour", "har_bour", "-harbour", "har bour", "har/bour", "", "0", "1harbour", "UPPER", "a.b")},
	{"a long name", isName, say(long, strings.Repeat("a", 64), strings.Repeat("a", 254), strings.Repeat("a", 63))},
	{"a bad name of the object", objectName, say("Harbour", "har_bour", "har.bour", "1harbour", strings.Repeat("a", 64), strings.Repeat("a", 53), "har:bour", "har%bour", ".", "..", "har/bour", strings.Repeat("b", 254))},
	{"a generated name", objectName, func(s *site, r *rand.Rand) string {
		s.key().Value = "generateName"
		v := []string{"harbour-", "Harbour-", "har_bour", strings.Repeat("a", 60), "har.bour-"}[r.Intn(5)]
		s.set(quoted(v))
		return shorten(v)
	}},
	{"a namespace", objectName, addTo("namespace", "harbour", "Harbour", "default", "har.bour")},
	{"a label", objectName, addTo("labels", "{tier: front}", `{"a/b/c": x}`, `{"": x}`, `{tier: "front desk"}`, `{tier: -front}`, `{-tier: front}`, "{tier: "+strings.Repeat("a", 64)+"}", "{harbour.example/"+strings.Repeat("a", 64)+": x}", "{tier: 1}", "{tier: true}", "{tier: }", "[tier]", "{Harbour_.Example: x}", "{HARBOUR.example/x: y}")},
	{"an annotation", objectName, addTo("annotations", "{note: anything at all}", `{"a/b/c": x}`, "{note: 1}", "{note: false}", "{Harbour.Example/x: y}", "{note: "+strings.Repeat("a", 262145)+"}", "{note: {a: b}}", `{"-a": x}`, "{pod-security.kubernetes.io/enforce: wrong}")},
	{"metadata of a server's", objectName, addTo("", "uid: 00000000-0000-0000-0000-000000000000", "creationTimestamp: 2024-05-01T10:00:00Z", "creationTimestamp: yesterday", "finalizers: [harbour]", "finalizers: [harbour.example/x]", "ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: b}]", "ownerReferences: [{apiVersion: v1, kind: Pod, name: a}]", "ownerReferences: [{kind: Pod, name: a, uid: b}]", "selfLink: /x", "clusterName: x", "deletionGracePeriodSeconds: -1", "managedFields: []", "ownerReferences: [{apiVersion: v1, kind: Event, name: a, uid: b}]")},
	{"a status", topKind, func(s *site, r *rand.Rand) string {
		v := []string{"{}", "{phase: Running}", "{replicas: -1}", "{loadBalancer: {}}", "null", "{conditions: []}", "{extra: 1}"}[r.Intn(7)]
		s.parent.Content = append(s.parent.Content, scalar("status"), parsed(v))
		return v
	}},
	{"a label's value", isSelector, say("other", "front desk", "", "-x", strings.Repeat("a", 64), "a/b")},
	{"another selector", and(isSelector, func(s *site) bool { return s.under("selector") }), say("other", "Other")},
	{"other labels of the template", and(isSelector, func(s *site) bool { return s.under("template") && s.under("labels") }), say("other")},
	{"a label's key", and(isSelector, isField), func(s *site, r *rand.Rand) string {
		v := []string{"other", "a/b/c", "", "-a", "a b", "app.kubernetes.io/", "/a", "A"}[r.Intn(8)]
		k := quoted(v)
		s.parent.Content[s.index-1] = k
		return v
	}},
	{"an expression", and(isMap, called("selector", "podSelector", "namespaceSelector", "labelSelector", "objectSelector")), func(s *site, r *rand.Rand) string {
		v := []string{"[{key: a, operator: In}]", "[{key: a, operator: Exists, values: [b]}]", "[{operator: Exists}]", "[{key: a, operator: Equals, values: [b]}]", "[{key: a, operator: in, values: [b]}]", "[{key: a b, operator: Exists}]", "[{key: a, operator: In, values: [a b]}]", "[{key: a, operator: DoesNotExist}]", "[{key: a, operator: In, values: []}]"}[r.Intn(9)]
		s.value.Content = append(s.value.Content, scalar("matchExpressions"), parsed(v))
		return v
	}},
	{"a bad quantity", isQuantity, put(`"12 Mi"`, "-1", `"-5Mi"`, "100MB", "1.5.2", `""`, "lots", "1gi", "500mi", "1m", "0", "1e3", "1.5", "9Ei", "10000000000Gi", "0.0001", "true", "[1]", "null", `" 1Gi"`, "1Gi1")},
	{"another resource", and(isQuantity, isField), func(s *site, r *rand.Rand) string {
		v := []string{"storage", "cpus", "example.com/card", "hugepages-2Mi", "requests.cpu", "pods", "ephemeral-storage", "kubernetes.io/odd", "Memory", "nvidia.com/gpu/0", "", "hugepages-odd", "requests.example.com/card", "persistentvolumeclaims"}[r.Intn(14)]
		s.parent.Content[s.index-1] = quoted(v)
		return v
	}},
	{"a request above its limit", and(isQuantity, func(s *site) bool { return s.up.name() == "requests" }), put("900", "100Ti")},
	{"a bad port", isPort, put("0", "-1", "65536", "70000", "http", "HTTP", `"80"`, `"8080/TCP"`, "a-very-long-port-name", "8080.5", "http_alt", `""`, "1", "65535", "a--b", `"-a"`, "999999999999")},
	{"another case of an enum", isEnum, func(s *site, _ *rand.Rand) string {
		v := strings.ToLower(s.value.Value)
		if v == s.value.Value {
			v = strings.ToUpper(v)
		}
		s.set(quoted(v))
		return v
	}},
	{"an unknown word of an enum", isEnum, func(s *site, r *rand.Rand) string {
		v := []string{s.value.Value + "s", "Always", "None", "", "Never", "Sometimes", "TCP", "Exists"}[r.Intn(8)]
		s.set(quoted(v))
		return v
	}},
	{"a bad percentage", isPercent, put("0", "0%", "100%", "101%", "-1", "-5%", "many", "5.5%", `"25"`, "1.5", "25 %", `""`, `"%"`)},
	{"another version", versionField, func(s *site, r *rand.Rand) string {
		v := []string{"v1beta1", "v1", "v2", "extensions/v1beta1", "apps/v1beta2", "apps/v1", "batch/v1beta1", "policy/v1beta1", "networking.k8s.io/v1beta1", "autoscaling/v2beta2", "autoscaling/v1", "", "apps", "apps/v1/v1", "example.com/v1", "core/v1"}[r.Intn(16)]
		s.set(quoted(v))
		return v
	}},
	{"the same group's other version", versionField, func(s *site, r *rand.Rand) string {
		group, _, ok := strings.Cut(s.value.Value, "/")
		v := []string{"v1beta1", "v1alpha1", "v2", "v1beta2", "v3"}[r.Intn(5)]
		if ok {
			v = group + "/" + v
		}
		s.set(quoted(v))
		return v
	}},
	{"another kind", topKind, func(s *site, r *rand.Rand) string {
		v := []string{s.value.Value + "s", strings.ToLower(s.value.Value), "Deployment", "", "Pod", "List", "Deploymnet", "Status", "Service", s.value.Value + "List", "DeleteOptions", "ConfigMap"}[r.Intn(12)]
		s.set(quoted(v))
		return v
	}},
	{"a member of a union too many", isMap, addMember},
	{"a bad text", and(isText, deep(2)), say("", " ", "a b", strings.Repeat("x", 300), "ünï", "../x", "/", "a,b", "*", "http://x", "a=b", "\n", "1", "..", "0x1F", "a;b", strings.Repeat("y", 5000))},
	{"another bad text", and(isText, deep(4)), say("", "A", "a/b/c", "../../etc", "{{ .Values.x }}", "$(POD)", "-", "_", "é", "127.0.0.1", "::1", "10.0.0.1/8", "256.1.1.1", "010.1.2.3")},
	{"a bad address", called("ip", "clusterIP", "cidr", "except", "externalIPs", "loadBalancerSourceRanges", "nameservers", "addresses", "podIP"), func(s *site, r *rand.Rand) string {
		if s.value.Kind != yaml.ScalarNode {
			return ""
		}
		return say("10.1.2", "10.1.2.3", "10.1.2.300", "010.1.2.3", "fe80::1", "127.0.0.1", "0.0.0.0", "10.0.0.0/8", "10.1.2.3/8", "10.0.0.0/33", "::/0", "host", "", "::ffff:10.1.2.3", "169.254.0.1", "224.0.0.1", "10.9.0.0/16", "10.143.0.77")(s, r)
	}},
	{"a bad schedule", called("schedule", "timeZone"), say("* * * *", "@daily", "@every 1h", "61 * * * *", "TZ=UTC 0 0 * * *", "0 0 * * MON", "0 0 31 2 *", "* * * * * *", "", "Europe/Paris", "Mars/Base", "Local", "utc")},
	{"a bad path", called("path", "mountPath", "devicePath", "subPath", "host", "hosts", "url"), say("", "x", "/x", "../x", "/x/../y", "//", "/x//y", "x:y", "*.example.com", "*", "harbour.example.com:80", "10.1.2.3", "https://x.example", "http://x.example", "/a%2fb", "*.*.x", "HARBOUR.example")},
	{"a bad operator", called("operator"), say("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Equal", "exists", "", "==")},
	{"a bad effect", called("effect", "action", "whenUnsatisfiable", "pathType", "scope", "concurrencyPolicy", "restartPolicy", "imagePullPolicy", "dnsPolicy", "protocol", "type", "reclaimPolicy", "volumeBindingMode", "completionMode"), say("NoExecute", "NoSchedule", "", "Always", "Never", "OnFailure", "Default", "ClusterFirst", "None", "UDP", "SCTP", "Delete", "Recycle", "Immediate", "Indexed", "Prefix", "Cluster")},
	{"one number more", isNumber, func(s *site, _ *rand.Rand) string {
		n, _ := strconv.Atoi(s.value.Value)
		s.set(scalar(strconv.Itoa(n + 1)))
		return ""
	}},
	{"another truth", isTruth, func(s *site, _ *rand.Rand) string {
		s.set(scalar(strconv.FormatBool(s.value.Value != "true")))
		return ""
	}},
	{"two values change places", isText, func(s *site, r *rand.Rand) string {
		if len(s.parent.Content) < 4 || s.key() == nil {
			s.remove()
			return "removed"
		}
		other := 1 + 2*r.Intn(len(s.parent.Content)/2)
		s.parent.Content[s.index], s.parent.Content[other] = s.parent.Content[other], s.parent.Content[s.index]
		return s.parent.Content[other-1].Value
	}},
}
