package keeper

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/engine/rescue"
)

// peer is one connected engine.
type peer struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (p *peer) send(m *message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.enc.Encode(m) // an engine that is gone learns it all from the next list
}

func (k *Keeper) serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go k.talk(conn)
	}
}

func (k *Keeper) talk(conn net.Conn) {
	defer conn.Close()
	p := &peer{enc: json.NewEncoder(conn)}
	defer func() {
		k.mu.Lock()
		delete(k.peers, p)
		k.mu.Unlock()
	}()
	dec := json.NewDecoder(conn)
	for {
		r := &request{}
		if dec.Decode(r) != nil {
			return
		}
		go func() {
			m := &message{}
			if err := rescue.Do(func() error { m = k.answer(p, r); return nil }); err != nil {
				m.Error = err.Error()
			}
			m.Seq = r.Seq
			p.send(m)
		}()
	}
}

func (k *Keeper) answer(p *peer, r *request) *message {
	m := &message{}
	var err error
	switch r.Call {
	case "hello":
		m.Version, m.PID = Version, os.Getpid()
	case "watch":
		k.mu.Lock()
		k.peers[p] = struct{}{}
		k.mu.Unlock()
		m.Containers = k.list()
	case "list":
		m.Containers = k.list()
	case "start":
		m.Container, err = k.start(r.Spec)
	case "signal":
		c := k.find(r.ID)
		if c == nil {
			m.Missing, err = true, fmt.Errorf("container %s: not known to the keeper", r.ID)
			break
		}
		select {
		case <-c.gone:
		default:
			err = c.process.signal(unix.Signal(r.Signal))
			if errors.Is(err, os.ErrClosed) {
				err = nil
			}
		}
	case "remove":
		err = k.remove(r.ID)
	case "zone":
		err = k.setZone(r.Zone)
	case "replace":
		err = k.replace(r.Exe)
	default:
		err = fmt.Errorf("keeper: no call %q", r.Call)
	}
	if err != nil {
		m.Error = err.Error()
	}
	return m
}

// replace becomes another binary in the same process, so that the containers stay its children.
func (k *Keeper) replace(exe string) error {
	k.mu.Lock() // held for ever: nothing may start any more
	for len(k.starting) > 0 {
		var wait chan struct{}
		for _, wait = range k.starting {
			break
		}
		k.mu.Unlock()
		<-wait
		k.mu.Lock()
	}
	defer k.mu.Unlock()
	fd := k.lock.Fd() // the lock goes on: no other keeper may come in between
	if _, err := unix.FcntlInt(fd, unix.F_SETFD, 0); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	return unix.Exec(exe, []string{os.Args[0], "keeper", "--root", k.home.Root, "--run", k.home.Run, "--lock", strconv.Itoa(int(fd))}, os.Environ())
}
