// Package home says where Slipway keeps its files on this machine.
//
// DESIGN. One directory holds what must survive a reboot, one what must not, and everything below them is named
// here, so that the commands and the engine agree without importing each other. Both are for root alone (0700).
package home

import (
	"os"
	"path/filepath"
)

// Dir is the two directories of one engine; several engines with different directories can live on one machine.
type Dir struct {
	Root string // survives a reboot
	Run  string // sockets, pid files, mounts
}

// Default is /var/lib/slipway and /run/slipway, or what SLIPWAY_ROOT says, with its run directory inside.
func Default() Dir {
	if root := os.Getenv("SLIPWAY_ROOT"); root != "" {
		if abs, err := filepath.Abs(root); err == nil {
			root = abs
		}
		return Dir{Root: root, Run: filepath.Join(root, "run")}
	}
	return Dir{Root: "/var/lib/slipway", Run: "/run/slipway"}
}

// Create makes both directories, for their owner alone.
func (d Dir) Create() error {
	for _, p := range []string{d.Root, d.Run} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Kubeconfig gives its reader full rights over the engine (0600).
func (d Dir) Kubeconfig() string { return filepath.Join(d.Root, "kubeconfig") }

// Store is the file of the engine's objects.
func (d Dir) Store() string { return filepath.Join(d.Root, "objects.db") }

// Images is the directory of images and their unpacked layers.
func (d Dir) Images() string { return filepath.Join(d.Root, "images") }

// Volumes is the directory of the local volumes that claims are bound to.
func (d Dir) Volumes() string { return filepath.Join(d.Root, "volumes") }

// Pods is the directory of what the node keeps of each pod: logs, exit codes, volumes of its own.
func (d Dir) Pods() string { return filepath.Join(d.Root, "pods") }

// PKI is the directory of the API's certificates and keys.
func (d Dir) PKI() string { return filepath.Join(d.Root, "pki") }

// EngineLog is the log of an engine that was started in the background.
func (d Dir) EngineLog() string { return filepath.Join(d.Root, "engine.log") }

// EnginePID holds the process number of the running engine, which keeps the file locked.
func (d Dir) EnginePID() string { return filepath.Join(d.Run, "engine.pid") }

// KeeperSocket is where the keeper of the containers listens.
func (d Dir) KeeperSocket() string { return filepath.Join(d.Run, "keeper.sock") }
