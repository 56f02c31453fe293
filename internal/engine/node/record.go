package node

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
)

// record is what must outlive the engine and is not in the store in time: it is beside the pod's logs.
type record struct {
	Boot        string                      `json:"boot"`
	Initialized bool                        `json:"initialized"` // the init containers are done
	StartTime   *metav1.Time                `json:"startTime,omitempty"`
	Containers  map[string]*containerRecord `json:"containers"`
}

// containerRecord is what became of a container so far.
type containerRecord struct {
	Attempt     int                              `json:"attempt"` // number of the newest; -1 before the first
	Asked       bool                             `json:"asked"`   // the newest may not have been started yet
	Done        bool                             `json:"done"`    // an init container that succeeded
	Again       bool                             `json:"again"`   // an init container that succeeded before a reboot
	PostStarted bool                             `json:"postStarted"`
	Started     bool                             `json:"started"` // what probes found of the newest
	Ready       bool                             `json:"ready"`
	ImageID     string                           `json:"imageID,omitempty"` // of every attempt: a restart changes no image
	ImageRef    string                           `json:"imageRef,omitempty"`
	StopSignal  string                           `json:"stopSignal,omitempty"` // the image's
	Last        *corev1.ContainerStateTerminated `json:"last,omitempty"`       // how the newest ended
	Previous    *corev1.ContainerStateTerminated `json:"previous,omitempty"`   // how the one before it ended
	Delay       time.Duration                    `json:"delay,omitempty"`      // before the next restart
	Delayed     time.Time                        `json:"delayed,omitzero"`     // when Delay was last used
}

func (n *Node) podDir(uid types.UID) string { return filepath.Join(n.Home.Pods(), string(uid)) }

func (w *worker) dir() string { return w.n.podDir(w.uid) }

// containerDir is what is kept of one container of the pod.
func (w *worker) containerDir(name string) string { return filepath.Join(w.dir(), "containers", name) }

func (n *Node) logPath(uid types.UID, name string, attempt int) string {
	return filepath.Join(n.podDir(uid), "containers", name, "logs", strconv.Itoa(attempt)+".log")
}

func (w *worker) exitPath(name string, attempt int) string {
	return filepath.Join(w.containerDir(name), strconv.Itoa(attempt)+".exit")
}

// loadRecord reads the record; a new one if there is none.
func (w *worker) loadRecord() {
	r := &record{}
	if err := keeper.ReadFile(filepath.Join(w.dir(), "pod.json"), r); err != nil {
		r = &record{Boot: w.n.machine.boot}
		if !os.IsNotExist(err) {
			w.n.Log.Error("record of pod lost", "pod", w.String(), "error", err)
		}
	}
	if r.Containers == nil {
		r.Containers = map[string]*containerRecord{}
	}
	w.rec = r
}

// save writes the record. Until that has worked, the keeper is to remember what ended.
func (w *worker) save() {
	err := os.MkdirAll(w.dir(), 0o700)
	if err == nil {
		err = keeper.WriteFile(filepath.Join(w.dir(), "pod.json"), w.rec)
	}
	if err != nil {
		w.n.Log.Error("record of pod not written", "pod", w.String(), "error", err)
		return
	}
	if len(w.unsaid) > 0 {
		w.n.keeper.forget(w.unsaid...)
		w.unsaid = nil
	}
}
