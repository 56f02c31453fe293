package keeper

import (
	"encoding/json"
	"time"

	"github.com/opencontainers/runc/libcontainer/configs"
)

// Version is the version of the protocol; an engine replaces a keeper that speaks another.
const Version = 1

// Spec is a container to start.
type Spec struct {
	ID       string          `json:"id"`     // unique for ever: a restarted container is another one
	Layers   []string        `json:"layers"` // directories of the image, topmost first
	Dir      string          `json:"dir"`    // for the writable layer; the keeper makes and removes it
	Config   *configs.Config `json:"config"` // Rootfs is set by the keeper
	Process  Process         `json:"process"`
	LogPath  string          `json:"logPath"`
	ExitPath string          `json:"exitPath"` // where its Exit is kept when it is over
}

// Process is what runs in the container.
type Process struct {
	Args   []string `json:"args"`
	Env    []string `json:"env"`
	Cwd    string   `json:"cwd"`
	UID    int      `json:"uid"`
	GID    int      `json:"gid"`
	Groups []int    `json:"groups"`
	Stdin  bool     `json:"stdin"` // an input that stays open and silent, instead of none
	TTY    bool     `json:"tty"`
}

// Container is what the keeper knows of a container that it started.
type Container struct {
	ID        string            `json:"id"`
	PID       int               `json:"pid"`
	Ticks     uint64            `json:"ticks"` // start time of the process, to tell it from a later one of that number
	StartedAt time.Time         `json:"startedAt"`
	Cgroups   map[string]string `json:"cgroups"` // controller ("" for cgroup v2) to directory
	Exit      *Exit             `json:"exit,omitempty"`
}

// Exit is how a container ended.
type Exit struct {
	Code       int       `json:"code"` // 128 plus the signal's number if one killed it
	Signal     int       `json:"signal,omitempty"`
	Unknown    bool      `json:"unknown,omitempty"` // nobody could see the code; Code is 137
	OOMKilled  bool      `json:"oomKilled,omitempty"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
}

// request is one line from an engine.
type request struct {
	Seq    uint64          `json:"seq"`
	Call   string          `json:"call"`
	ID     string          `json:"id,omitempty"`
	Spec   *Spec           `json:"spec,omitempty"`
	Signal int             `json:"signal,omitempty"`
	Zone   json.RawMessage `json:"zone,omitempty"`
	Exe    string          `json:"exe,omitempty"`
}

// message is one line to an engine: the answer to the request of that Seq, or an event if Seq is 0.
type message struct {
	Seq        uint64       `json:"seq,omitempty"`
	Error      string       `json:"error,omitempty"`
	Missing    bool         `json:"missing,omitempty"`
	Version    int          `json:"version,omitempty"`
	PID        int          `json:"pid,omitempty"`
	Container  *Container   `json:"container,omitempty"`
	Containers []*Container `json:"containers,omitempty"`
}
