package deliver

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const imageAdvice = `build it with "slipway image build", load it with "slipway image load FILE", or check its name; ` +
	`on a cluster, push it to a registry that the cluster reads`

// probeAnswer is what a pod's probe last said: "readiness probe: HTTP 503".
func (s *state) probeAnswer(p *corev1.Pod) string {
	e := s.latest(p.UID, "Unhealthy")
	if e == nil || strings.Contains(e.Message, "CONTAINER_EXITED") { // that it could not be asked says nothing new
		return ""
	}
	return shortProbe(e.Message)
}

// shortProbe takes the kubelet's words down to the probe and its answer.
func shortProbe(message string) string {
	probe, answer, found := strings.Cut(message, " failed: ")
	if !found {
		if probe, answer, found = strings.Cut(message, " errored: "); !found {
			return oneLine(message)
		}
	}
	answer = strings.TrimPrefix(answer, "HTTP probe failed with statuscode: ")
	if len(answer) == 3 && strings.Trim(answer, "0123456789") == "" {
		answer = "HTTP " + answer
	}
	if i := strings.LastIndex(answer, ": connect: "); i >= 0 {
		answer = answer[i+len(": connect: "):]
	}
	probe = strings.ToLower(probe)
	if answer = oneLine(answer); answer == "" {
		return probe
	}
	return probe + ": " + answer
}

// imageTrouble is the heart of what a container runtime says about an image that it cannot get.
func imageTrouble(w *corev1.ContainerStateWaiting, e *corev1.Event) string {
	text := w.Message
	if w.Reason == "ImagePullBackOff" && e != nil && strings.Contains(e.Message, "image") {
		text = e.Message
	}
	low := strings.ToLower(text)
	switch {
	case w.Reason == "InvalidImageName":
		return "is not a name of an image"
	case w.Reason == "ErrImageNeverPull":
		return "is not on this machine"
	case strings.Contains(low, "not found"), strings.Contains(low, "manifest unknown"), strings.Contains(low, "does not exist"):
		return "was not found"
	case text == "" || strings.HasPrefix(text, "Back-off"):
		return "cannot be pulled"
	}
	return "cannot be pulled: " + oneLine(pullReason(text))
}

// pullReason takes a runtime's account of a pull down to what the registry, or the way to it, answered: what comes
// before only says which image it was.
func pullReason(text string) string {
	for _, step := range []string{": failed to do request: ", ": failed to resolve reference ", ": pull: "} {
		if i := strings.LastIndex(text, step); i >= 0 {
			text = text[i+len(step):]
			break
		}
	}
	return text
}

// passing tells whether a registry's trouble is of the kind that passes.
func passing(message string) bool {
	low := strings.ToLower(message)
	for _, s := range []string{"timeout", "timed out", "connection reset", "too many requests", "503", "502", "unexpected eof"} {
		if strings.Contains(low, s) {
			return true
		}
	}
	return false
}

// oneLine makes a message fit a line of progress.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
