package repair

import (
	"regexp"
	"strings"
)

// standIns are plausible values by the name of a field.
var standIns = []struct {
	keys  *regexp.Regexp
	value string
	alone bool // only where the placeholder is the whole value
}{
	{regexp.MustCompile(`(?i)^(size|storage|memory|ephemeral-storage|.*[._-]?(size|storage|memory|sizelimit))$`), "1G", false},
	{regexp.MustCompile(`(?i)^(cpu|.*[._-]cpu)$`), "1", false},
	{regexp.MustCompile(`(?i)^(replicas|(min|max)replicas|number|weight|count|parallelism|completions|backofflimit|revisionhistorylimit|maxsurge|maxskew|maxunavailable|minavailable|targetaverageutilization|averageutilization|[^/]*port|.*seconds|.*threshold|.*percentage|runasuser|runasgroup|fsgroup|defaultmode)$`), "1", false},
	{regexp.MustCompile(`^(privileged|hostNetwork|hostPID|hostIPC|allowPrivilegeEscalation|suspend)$`), "false", true},
	{regexp.MustCompile(`^(readOnly|readOnlyRootFilesystem|runAsNonRoot|immutable|optional|enabled|automountServiceAccountToken|allowVolumeExpansion|stdin|tty)$`), "true", true},
	{regexp.MustCompile(`^apiVersion$`), "v1", true},
	{regexp.MustCompile(`^imagePullPolicy$`), "IfNotPresent", true},
	{regexp.MustCompile(`^protocol$`), "TCP", true},
	{regexp.MustCompile(`^pathType$`), "Prefix", true},
	{regexp.MustCompile(`^accessModes$`), "ReadWriteOnce", true},
	{regexp.MustCompile(`^(persistentVolumeReclaimPolicy|reclaimPolicy)$`), "Retain", true},
	{regexp.MustCompile(`^schedule$`), "0 0 * * *", true},
	{regexp.MustCompile(`^(clusterIP|loadBalancerIP|podIP|ip|externalIPs)$`), "192.0.2.1", true},
	{regexp.MustCompile(`(?i)cidr$`), "192.0.2.0/24", true},
	{regexp.MustCompile(`(?i)^(server|hosts?|hostname|domain|externalname|.*\.(host|hostname|domain))$`), "template.example", true},
}

var (
	defaulted  = regexp.MustCompile(`\bdefault\(?\s*["']([A-Za-z0-9][\w./-]*)["']`)
	structural = regexp.MustCompile(`\b(toYaml|nindent|to_nice_yaml|to_yaml|to_json|to_nice_json|toJson|indent)\b`)
	base64ed   = regexp.MustCompile(`\bb64enc(ode)?\b`)
	identifier = regexp.MustCompile(`[.$A-Za-z_][\w.$-]*`)
	unit       = regexp.MustCompile(`^([KMGTPE]i?|[mk])($|[^A-Za-z])`)
	notLabel   = regexp.MustCompile(`[^a-z0-9]+`)
	versions   = regexp.MustCompile(`(?i)(tag|version)$`)
)

// enums are fields that take few values and can do without one.
var enums = set("type", "sessionAffinity", "externalTrafficPolicy", "internalTrafficPolicy", "ipFamilyPolicy", "restartPolicy",
	"concurrencyPolicy", "dnsPolicy", "volumeBindingMode", "volumeMode", "podManagementPolicy", "terminationMessagePolicy")

// standIn is what a placeholder may stand for, by the key whose value it is in and what is before and behind it.
func standIn(tag, key, before, behind string) string {
	expr := strings.Trim(tag, "{}<>%=-~ \t")
	switch m := defaulted.FindStringSubmatch(expr); {
	case structural.MatchString(expr):
		return ""
	case base64ed.MatchString(expr):
		return "dGVtcGxhdGU="
	case m != nil:
		return m[1]
	}
	name := nameOf(expr)
	rest := strings.TrimSpace(behind)
	alone := strings.TrimSpace(before) == "" && rest == ""
	for _, s := range standIns {
		if !s.keys.MatchString(key) || s.alone && !alone {
			continue
		}
		if s.value == "1G" && unit.MatchString(rest) {
			return "1"
		}
		return s.value
	}
	if alone && enums[key] {
		return "" // as if it had not been said
	}
	label := strings.Trim(notLabel.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(label) > 40 {
		label = strings.Trim(label[:40], "-")
	}
	switch {
	case label == "":
		label = "template"
	case versions.MatchString(name) && !alone:
		return "1.0.0"
	case !alone && standIns[len(standIns)-1].keys.MatchString(name):
		return "template.example"
	case alone && key == "image":
		return "template.example/" + label + ":1.0.0"
	case alone && strings.HasSuffix(strings.ToLower(key), "path"):
		return "/" + label
	}
	if label[0] >= '0' && label[0] <= '9' {
		label = "t" + label
	}
	return label
}

// nameOf finds the variable of an expression, without the words that lead to all of them.
func nameOf(expr string) string {
	name := ""
	for _, w := range identifier.FindAllString(expr, -1) {
		if strings.ContainsAny(w[:1], ".$") {
			name = w
			break
		}
	}
	if name == "" || name == "." {
		words := identifier.FindAllString(expr, -1)
		for _, w := range words {
			if w == "include" || w == "template" || w == "quote" || w == "required" {
				continue
			}
			name = w
			break
		}
	}
	for _, lead := range []string{"$", ".", "Values.", "Release.", "Chart."} {
		name = strings.TrimPrefix(name, lead)
	}
	return name
}
