package keeper

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/slipway-sh/slipway/internal/home"
)

// Keeper is the state of the process.
type Keeper struct {
	home home.Dir
	log  *slog.Logger
	lock *os.File

	mu         sync.Mutex
	containers map[string]*container
	starting   map[string]chan struct{}
	peers      map[*peer]struct{} // engines that want to hear of exits

	names   names
	trimmer *time.Timer
}

func newKeeper(h home.Dir, log *slog.Logger) *Keeper {
	return &Keeper{
		home: h, log: log,
		containers: map[string]*container{},
		starting:   map[string]chan struct{}{},
		peers:      map[*peer]struct{}{},
		names:      names{log: log},
	}
}

// list is a copy of what is known of every container.
func (k *Keeper) list() []*Container {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]*Container, 0, len(k.containers))
	for _, c := range k.containers {
		known := c.Container
		out = append(out, &known)
	}
	return out
}

func (k *Keeper) find(id string) *container {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.containers[id]
}

// remove forgets a container that is over; the engine has noted how it ended. It answers when what the container left
// on the machine is removed.
func (k *Keeper) remove(id string) error {
	c := k.find(id)
	if c == nil {
		return nil
	}
	select {
	case <-c.gone:
	default:
		return fmt.Errorf("container %s runs", id)
	}
	<-c.cleaned
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.containers, id)
	return os.RemoveAll(files(k.home, id))
}

// tell sends an event to every engine that listens.
func (k *Keeper) tell(m *message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for p := range k.peers {
		go p.send(m)
	}
}

// trim gives the memory that a start needed back to the machine, some moments after the last one.
func (k *Keeper) trim() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.trimmer == nil {
		k.trimmer = time.AfterFunc(time.Second, debug.FreeOSMemory)
		return
	}
	k.trimmer.Reset(time.Second)
}

// setZone keeps the names that pods can look up, for the next keeper too.
func (k *Keeper) setZone(zone json.RawMessage) error {
	if err := WriteFile(filepath.Join(records(k.home), "zone.json"), zone); err != nil {
		return err
	}
	return k.names.set(zone)
}
