package node

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/engine/node/logs"
)

// reported takes in what the keeper says of a container that is over.
func (w *worker) reported(k *keeper.Container) {
	if k.Exit == nil {
		return
	}
	_, name, _ := splitID(k.ID)
	c := w.find(name)
	if c != nil && c.run == nil && c.cancel != nil {
		c.early = k // its start is still to be answered: whoever lives so briefly ends before that
		return
	}
	if c == nil || c.run == nil || c.run.id != k.ID {
		return // of an attempt that is written down already
	}
	w.over(c, k.Exit)
}

// over writes down how the running attempt ended.
func (w *worker) over(c *container, e *keeper.Exit) {
	run := c.run
	if run.probes != nil {
		run.probes()
	}
	c.run = nil
	run.hold.Complete(e)
	run.hold.Close()
	c.Last = w.terminated(c, run.id, e)
	if c.waiting.Reason == "PostStartHookError" {
		c.Last.Message = c.waiting.Message
		c.waiting = corev1.ContainerStateWaiting{}
	}
	w.unsaid = append(w.unsaid, run.id)
	w.save()
	run.ended()
	w.n.usage.forget(run.id)
	w.sweepLogs(c)
}

func (w *worker) terminated(c *container, id string, e *keeper.Exit) *corev1.ContainerStateTerminated {
	t := &corev1.ContainerStateTerminated{
		ExitCode: int32(e.Code), ContainerID: "slipway://" + id,
		StartedAt: metav1.NewTime(e.StartedAt), FinishedAt: metav1.NewTime(e.FinishedAt),
	}
	switch {
	case e.OOMKilled:
		t.Reason = "OOMKilled"
	case e.Unknown:
		t.Reason = "ContainerStatusUnknown"
		t.Message = "The container ended while nobody watched; its exit code is not known"
	case e.Code == 0:
		t.Reason = "Completed"
	default:
		t.Reason = "Error"
	}
	if m := w.message(c, e.Code); m != "" {
		t.Message = m
	}
	return t
}

// Limits of a termination message; see the API reference for terminationMessagePolicy.
const (
	messageSize     = 4096
	messageLogLines = 80
	messageLogSize  = 2048
)

func (w *worker) messagePath(name string) string {
	return filepath.Join(w.containerDir(name), "termination-log")
}

// message is what the program wrote for its owner to read, or the end of its log.
func (w *worker) message(c *container, code int) string {
	b := head(w.messagePath(c.name), messageSize)
	if len(b) == 0 && code != 0 && w.spec(c).TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
		return strings.ToValidUTF8(logs.Last(w.n.logPath(w.uid, c.name, c.Attempt), messageLogLines, messageLogSize), "�")
	}
	return strings.ToValidUTF8(string(b), "�")
}

// head is the beginning of a file that a container can make as large as it likes.
func head(path string, most int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, most))
	return b
}

// sweepLogs keeps the logs of the newest two attempts: the running and the previous one.
func (w *worker) sweepLogs(c *container) {
	old := c.Attempt - 2
	if old < 0 {
		return
	}
	path := w.n.logPath(w.uid, c.name, old)
	for _, f := range append(keeper.Rotated(path), path, w.exitPath(c.name, old)) {
		_ = os.Remove(f)
	}
}
