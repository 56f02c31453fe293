package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// private are the fields whose values no two clusters share; that they are there counts.
var private = map[string]bool{
	"uid": true, "resourceVersion": true, "creationTimestamp": true, "deletionTimestamp": true, "time": true,
	"clusterIP": true, "clusterIPs": true, "nodePort": true, "healthCheckNodePort": true, "continue": true, "lastTransitionTime": true,
}

// show writes an object as YAML, without what is private.
func (s *script) show(obj any) string {
	text, err := yaml.Marshal(s.tidy(obj))
	if err != nil {
		return err.Error()
	}
	return s.hide(string(text))
}

// tidy leaves out what is private, and the managers of fields where they are not the matter.
func (s *script) tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			switch {
			case k == "status" && controlled[fmt.Sprint(v["kind"])], k == "description": // a controller's, a person's
			case strings.HasPrefix(k, "deployment.kubernetes.io/revision"):
			case k == "managedFields" && s.managers:
				out[k] = managers(e)
			case k == "managedFields":
			case private[k] && e != nil && e != "None" && e != "":
				out[k] = "…"
			case k == "retryAfterSeconds":
			default:
				out[k] = s.tidy(e)
			}
		}
		if a, ok := out["annotations"].(map[string]any); ok && len(a) == 0 {
			delete(out, "annotations")
		}
		if c, ok := out["conditions"].([]any); ok && len(c) == 0 {
			delete(out, "conditions")
		}
		if out["kind"] == "Status" {
			tidyStatus(out)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			// A scheduler writes this condition again when it likes, also between a request and its answer.
			if m, ok := e.(map[string]any); ok && m["reason"] == "SchedulingGated" {
				continue
			}
			out = append(out, s.tidy(e))
		}
		return out
	}
	return v
}

// managers are who owns which fields, a line each.
func managers(v any) any {
	list, _ := v.([]any)
	var out []any
	for _, e := range list {
		m, _ := e.(map[string]any)
		if m["manager"] == "kube-controller-manager" {
			continue
		}
		fields, _ := json.Marshal(m["fieldsV1"])
		out = append(out, fmt.Sprint(m["manager"], " ", m["operation"], " ", m["apiVersion"], " ", m["subresource"], " ", string(fields)))
	}
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return out
}

// controlled are the kinds whose status a controller may have written before the answer.
var controlled = map[string]bool{
	"Deployment": true, "StatefulSet": true, "ReplicaSet": true, "Job": true, "CronJob": true, "PersistentVolumeClaim": true, "Namespace": true,
	"Scale": true,
}

// tidyStatus orders what is wrong by field, because validation promises no order, and leaves out sentences that are not
// part of the API: those that repeat the causes, and those about a request that means nothing.
func tidyStatus(status map[string]any) {
	details, _ := status["details"].(map[string]any)
	causes, _ := details["causes"].([]any)
	for _, c := range causes {
		if m, ok := c.(map[string]any); ok {
			text, _, _ := strings.Cut(fmt.Sprint(m["message"]), "\n@@") // what follows is the program's memory, compared
			text = strings.TrimSpace(text)
			m["message"] = goValue.ReplaceAllString(text, "$1 value: …$3")
		}
	}
	if len(causes) > 0 && causes[0].(map[string]any)["field"] == "patch" {
		delete(details, "group") // one says it for three kinds of patches, the other for none
		delete(details, "kind")
	}
	slices.SortFunc(causes, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	if details["name"] == nil || len(causes) > 0 {
		delete(status, "message")
	}
	if details["name"] == nil && len(causes) == 0 {
		delete(status, "details")
	}
}

// goValue is a value of several fields, as the program that refused it has it in memory.
var goValue = regexp.MustCompile(`(?s)^(\w+) value: "?(\{.*\}|map\[.*\]|\[\{.*\}\]|null)"?(: |$)`)

var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	version   = regexp.MustCompile(`\(\d+\)|resource version in object: \d+`)
	timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	generated = regexp.MustCompile(`\b(gen|kube-api-access)-[a-z0-9]{5}\b`)
)

func (s *script) hide(text string) string {
	text = strings.ReplaceAll(text, s.namespace, "NS")
	text = uuid.ReplaceAllString(text, "(uid)")
	text = version.ReplaceAllString(text, "(version)")
	text = timestamp.ReplaceAllString(text, "(time)")
	return generated.ReplaceAllString(text, "$1-(made)")
}

// events reads as many events of a watch as are wanted.
func (s *script) events(stream io.Reader, want string) (string, error) {
	var n int
	if _, err := fmt.Sscan(want, &n); err != nil {
		return "", err
	}
	var out strings.Builder
	for d := json.NewDecoder(stream); n > 0; n-- {
		var e map[string]any
		if err := d.Decode(&e); err != nil {
			return "", fmt.Errorf("after %s: %w", out.String(), err)
		}
		out.WriteString(s.show(e))
	}
	s.seen = append(s.seen, nil)
	return out.String(), nil
}
