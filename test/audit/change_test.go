package audit

import (
	"math/rand"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// deep fits what stands that many fields and items inside.
func deep(least int) func(*site) bool {
	return func(s *site) bool {
		n := 0
		for u := s; u != nil; u = u.up {
			n++
		}
		return n >= least
	}
}

func scalarField(s *site) bool  { return s.value.Kind == yaml.ScalarNode && isField(s) }
func notNamed(s *site) bool     { return !named(s) }
func topKind(s *site) bool      { return s.up == nil && s.name() == "kind" }
func versionField(s *site) bool { return s.up == nil && s.name() == "apiVersion" }
func objectName(s *site) bool   { return s.path == "metadata.name" }

// unknownField adds a field with one of the names to a mapping.
func unknownField(names ...string) func(*site, *rand.Rand) string {
	return func(s *site, r *rand.Rand) string {
		n := names[r.Intn(len(names))]
		s.value.Content = append(s.value.Content, scalar(n), parsed([]string{"1", "one", "{a: b}", "[a]"}[r.Intn(4)]))
		return n
	}
}

// misspell drops, doubles or swaps a letter of a field's name.
func misspell(s *site, r *rand.Rand) string {
	k := s.key()
	text := []rune(k.Value)
	if len(text) < 2 {
		k.Value += "s"
		return k.Value
	}
	i := r.Intn(len(text) - 1)
	switch r.Intn(3) {
	case 0:
		text = slices.Delete(text, i, i+1)
	case 1:
		text = slices.Insert(text, i, text[i])
	default:
		if text[i] == text[i+1] {
			text = append(text, 's')
		}
		text[i], text[i+1] = text[i+1], text[i]
	}
	k.Value = string(text)
	return k.Value
}

// flip changes the case of one letter: of the first, or of the first capital.
func flip(name string) string {
	i := max(strings.IndexFunc(name, unicode.IsUpper), 0)
	r := rune(name[i])
	if unicode.IsUpper(r) {
		r = unicode.ToLower(r)
	} else {
		r = unicode.ToUpper(r)
	}
	return name[:i] + string(r) + name[i+1:]
}

// addTo gives the object's metadata a field with one of the values; with no field, the values are whole fields.
func addTo(field string, values ...string) func(*site, *rand.Rand) string {
	return func(s *site, r *rand.Rand) string {
		v := values[r.Intn(len(values))]
		name, value := field, v
		if field == "" {
			name, value, _ = strings.Cut(v, ": ")
		}
		for i := 0; i < len(s.parent.Content); i += 2 {
			if s.parent.Content[i].Value == name {
				s.parent.Content[i+1] = parsed(value)
				return shorten(v)
			}
		}
		s.parent.Content = append(s.parent.Content, scalar(name), parsed(value))
		return shorten(v)
	}
}

// members are fields of which an object may have one, or not all together: what tells the union, and what is added.
var members = []struct{ has, add, value string }{
	{"configMap", "emptyDir", "{}"}, {"emptyDir", "secret", "{secretName: x}"}, {"secret", "configMap", "{name: x}"}, {"hostPath", "emptyDir", "{}"},
	{"nfs", "hostPath", "{path: /x}"}, {"csi", "nfs", "{server: x, path: /x}"}, {"local", "hostPath", "{path: /x}"}, {"persistentVolumeClaim", "emptyDir", "{}"},
	{"value", "valueFrom", "{fieldRef: {fieldPath: metadata.name}}"}, {"fieldRef", "secretKeyRef", "{name: x, key: y}"}, {"secretKeyRef", "configMapKeyRef", "{name: x, key: y}"},
	{"httpGet", "tcpSocket", "{port: 80}"}, {"tcpSocket", "exec", "{command: [x]}"}, {"exec", "httpGet", "{port: 80, path: /}"}, {"grpc", "httpGet", "{port: 80}"},
	{"service", "resource", "{kind: X, name: y}"}, {"minAvailable", "maxUnavailable", "1"}, {"maxUnavailable", "minAvailable", "1"},
	{"ipBlock", "podSelector", "{}"}, {"podSelector", "ipBlock", "{cidr: 10.0.0.0/8}"}, {"configMapRef", "secretRef", "{name: x}"},
	{"nonResourceURLs", "resources", "[pods]"}, {"resources", "nonResourceURLs", "[/x]"}, {"url", "service", "{name: x, namespace: y}"}, {"service", "url", "https://x.example"},
	{"averageUtilization", "averageValue", "1"}, {"resource", "pods", "{metric: {name: x}, target: {type: AverageValue, averageValue: 1}}"},
	{"onExitCodes", "onPodConditions", "[{type: X}]"}, {"number", "name", "http"}, {"subPath", "subPathExpr", "$(X)"}, {"clusterIP", "clusterIPs", "[10.1.1.1]"},
	{"externalName", "clusterIP", "10.143.0.9"}, {"schedule", "timeZone", "UTC"}, {"containers", "hostNetwork", "true"}, {"containers", "activeDeadlineSeconds", "5"},
	{"containers", "hostUsers", "false"}, {"containers", "restartPolicy", "Never"}, {"data", "binaryData", "{colour: AAEC}"}, {"sessionAffinity", "loadBalancerIP", "10.1.1.1"},
	{"image", "restartPolicy", "Always"}, {"image", "livenessProbe", "{}"}, {"image", "lifecycle", "{preStop: {}}"}, {"image", "env", "[{name: A, value: 1}]"}, {"image", "command", "run"},
	{"image", "volumeMounts", "[{name: nowhere, mountPath: /x}]"}, {"image", "securityContext", "{privileged: true, allowPrivilegeEscalation: false}"}, {"image", "resources", "{claims: [{name: x}]}"},
	{"replicas", "paused", "true"}, {"backoffLimit", "selector", "{matchLabels: {a: b}}"}, {"backoffLimit", "manualSelector", "true"}, {"completions", "completionMode", "NonIndexed"},
	{"scopes", "scopeSelector", "{matchExpressions: [{scopeName: BestEffort, operator: Exists}]}"}, {"default", "maxLimitRequestRatio", "{memory: 1}"},
	{"ports", "externalIPs", "[127.0.0.1]"}, {"ports", "healthCheckNodePort", "30000"}, {"ports", "publishNotReadyAddresses", "yes"}, {"ports", "ipFamilies", "[IPv6]"},
	{"provisioner", "allowedTopologies", "[{matchLabelExpressions: [{key: a, values: [b, b]}]}]"}, {"accessModes", "volumeMode", "Block"}, {"accessModes", "dataSourceRef", "{kind: PersistentVolumeClaim, name: x}"},
	{"openAPIV3Schema", "schema", "{}"}, {"minimum", "default", "7"}, {"places", "required", "[nothing]"}, {"type", "nullable", "true"}, {"served", "storage", "true"},
}

// addMember adds a member of a union to a mapping that has another, if it has one; else a field that is unknown.
func addMember(s *site, r *rand.Rand) string {
	for _, i := range r.Perm(len(members)) {
		m := members[i]
		has, there := false, false
		for j := 0; j < len(s.value.Content); j += 2 {
			has = has || s.value.Content[j].Value == m.has
			there = there || s.value.Content[j].Value == m.add
		}
		if has && !there {
			s.value.Content = append(s.value.Content, scalar(m.add), parsed(m.value))
			return m.add + " beside " + m.has
		}
	}
	s.value.Content = append(s.value.Content, scalar("member"), scalar("none"))
	return "unknown"
}
