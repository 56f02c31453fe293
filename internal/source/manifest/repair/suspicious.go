package repair

import "bytes"

// Suspicious tells, in one look over the bytes, whether a text that is YAML might still not say what its author meant.
// Of a text that parses to an object and is not suspicious, Document has nothing to say.
func Suspicious(text []byte) bool {
	for i, c := range text {
		switch {
		case c >= 0xC2 && c <= 0xEF && odd(text[i:]):
			return true
		case c == '{' && i+1 < len(text) && (text[i+1] == '{' || text[i+1] == '%' || text[i+1] == '#'), c == '<' && i+1 < len(text) && text[i+1] == '%':
			return true
		case c < ' ' && c != '\n' && c != '\r' && c != '\t', c == 0x7F:
			return true
		}
	}
	trim := bytes.TrimLeft(text, "-\r\n")
	if len(trim) > 0 && (trim[0] == ' ' || trim[0] == '{' || trim[0] == '[') {
		return true
	}
	for l := range bytes.Lines(text) {
		l = bytes.TrimLeft(l, " ")
		if len(l) > 1 && l[0] == '-' && l[1] != ' ' && l[1] != '-' && bytes.IndexByte(l, ':') > 0 {
			return true
		}
		if at := bytes.IndexByte(l, ':'); at > 0 && at+1 < len(l) && l[at+1] > ' ' && known[string(bytes.TrimLeft(l[:at], "- "))] {
			return true
		}
	}
	return false
}

// odd tells whether a text begins with one of the characters that this package looks for.
func odd(text []byte) bool {
	switch text[0] {
	case 0xC2:
		return len(text) > 1 && (text[1] == 0xA0 || text[1] == 0xAB || text[1] == 0xBB)
	case 0xE1:
		return bytes.HasPrefix(text, []byte("\u1680"))
	case 0xE2:
		return len(text) > 2 && (text[1] == 0x80 || text[1] == 0x81 || bytes.HasPrefix(text, []byte("−")))
	case 0xE3:
		return bytes.HasPrefix(text, []byte("\u3000"))
	case 0xEF:
		return bytes.HasPrefix(text, []byte("\ufeff")) || bytes.HasPrefix(text, []byte("＂")) || bytes.HasPrefix(text, []byte("＇"))
	}
	return false
}

// known are field names that begin a line of a manifest: common ones, to tell a key from a text.
var known = set("apiVersion", "kind", "metadata", "spec", "data", "stringData", "name", "namespace", "labels", "annotations",
	"selector", "matchLabels", "matchExpressions", "template", "replicas", "containers", "initContainers", "image",
	"imagePullPolicy", "imagePullSecrets", "command", "args", "env", "envFrom", "value", "valueFrom", "configMapKeyRef",
	"secretKeyRef", "configMapRef", "secretRef", "ports", "containerPort", "port", "targetPort", "nodePort", "protocol", "resources",
	"limits", "requests", "cpu", "memory", "storage", "volumeMounts", "mountPath", "subPath", "readOnly", "volumes",
	"persistentVolumeClaim", "claimName", "configMap", "secret", "secretName", "emptyDir", "hostPath", "path", "pathType",
	"nfs", "server", "accessModes", "storageClassName", "volumeMode", "volumeName", "capacity", "provisioner", "parameters",
	"reclaimPolicy", "persistentVolumeReclaimPolicy", "type", "clusterIP", "rules", "host", "http", "paths", "backend", "service", "serviceName",
	"number", "tls", "hosts", "ingressClassName", "livenessProbe", "readinessProbe", "startupProbe", "httpGet", "tcpSocket", "exec",
	"initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "restartPolicy", "serviceAccountName",
	"securityContext", "runAsUser", "runAsNonRoot", "fsGroup", "schedule", "jobTemplate", "strategy", "rollingUpdate", "maxSurge",
	"maxUnavailable", "minReplicas", "maxReplicas", "metrics", "scaleTargetRef", "podSelector", "policyTypes", "ingress", "egress",
	"from", "to", "subjects", "roleRef", "verbs", "apiGroups", "nodeSelector", "tolerations", "affinity", "key", "items", "optional")

func set(all ...string) map[string]bool {
	m := make(map[string]bool, len(all))
	for _, s := range all {
		m[s] = true
	}
	return m
}
