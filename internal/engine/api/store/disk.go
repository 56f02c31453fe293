package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	statusLag = 200 * time.Millisecond // how long a status may be in memory alone
	eventLag  = 30 * time.Second       // the same for Events
	// versionStride is how many versions are promised to the file at once: after a crash the store goes on above
	// them, so that no version is ever given to two different changes.
	versionStride = 10000
)

var (
	metaBucket = []byte("meta")
	ceilingKey = []byte("version-ceiling")
)

// ErrClosed refuses writes to a store that was closed.
var ErrClosed = errors.New("the store is closed; the engine is stopping")

// disk writes changes to the file in groups: while one group is on its way, the next gathers.
type disk struct {
	path    string
	db      *bolt.DB
	update  func(func(*bolt.Tx) error) error // db.Update; a test makes it fail
	seal    *seal
	ceiling atomic.Uint64 // versions below it may be given out
	trouble atomic.Pointer[error]

	// Guarded by Store.mu: changes that may lag, the newest of each object.
	lagging map[*Kind]map[Key]*change
	due     time.Time

	wakeup chan struct{}
	stop   chan struct{}
	closed atomic.Bool
	once   sync.Once
	idle   chan struct{} // closed when the writer has ended
}

func (d *disk) wake() {
	select {
	case d.wakeup <- struct{}{}:
	default:
	}
}

func (d *disk) refusal() error {
	if d.closed.Load() {
		return apierrors.NewInternalError(ErrClosed)
	}
	return nil
}

// lag notes a change that memory and listeners have and the file may get later. The caller holds Store.mu.
func (d *disk) lag(c *change) {
	if d.lagging[c.kind] == nil {
		d.lagging[c.kind] = map[Key]*change{}
	}
	d.lagging[c.kind][c.key] = c
	wait := statusLag
	if c.kind == eventKind {
		wait = eventLag
	}
	if due := time.Now().Add(wait); d.due.IsZero() || due.Before(d.due) {
		d.due = due
		d.wake()
	}
}

// run writes until the store is closed; then it writes what is left.
func (s *Store) run() {
	d := s.disk
	defer close(d.idle)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	expire := time.NewTicker(time.Minute)
	defer expire.Stop()
	for {
		last := false
		select {
		case <-d.wakeup:
		case <-timer.C:
		case <-expire.C:
			s.expireEvents()
		case <-d.stop:
			last = true
		}
		next := s.flush(last)
		if last {
			return
		}
		timer.Reset(next)
	}
}

// flush writes what is pending, and what lags if anything is pending or it is due; it returns when to look again.
func (s *Store) flush(all bool) time.Duration {
	d := s.disk
	s.mu.Lock()
	if len(s.pending) == 0 && !all && (d.due.IsZero() || time.Now().Before(d.due)) {
		wait := time.Hour
		if !d.due.IsZero() {
			wait = time.Until(d.due)
		}
		s.mu.Unlock()
		return wait
	}
	batch, lagging, version := s.pending[:len(s.pending):len(s.pending)], d.lagging, s.version
	d.lagging, d.due = map[*Kind]map[Key]*change{}, time.Time{}
	s.mu.Unlock()

	if err := d.write(batch, lagging, version, all); err != nil {
		d.trouble.Store(&err)
		s.refuse(batch, lagging, refusalOf(err, d.path))
		return time.Second
	}
	d.trouble.Store(nil)
	s.mu.Lock()
	for _, c := range batch {
		s.publish(c.event, c.kind)
	}
	s.pending = append([]*change(nil), s.pending[len(batch):]...)
	more := len(s.pending) > 0
	s.mu.Unlock()
	for _, c := range batch {
		c.done <- nil
	}
	if more {
		return 0
	}
	return time.Hour
}

// refuse puts memory back to what the file holds, but for what may lag, which is tried again.
func (s *Store) refuse(batch []*change, lagging map[*Kind]map[Key]*change, refusal error) {
	s.writes.Lock() // nobody may build on what is about to be undone
	defer s.writes.Unlock()
	if len(batch) > 0 {
		s.revert(refusal)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, changes := range lagging {
		for key, c := range changes {
			if _, newer := s.disk.lagging[k][key]; !newer {
				s.disk.lag(c)
			}
		}
	}
}

// write is one transaction. exact makes the next start go on with the very next version.
func (d *disk) write(batch []*change, lagging map[*Kind]map[Key]*change, version uint64, exact bool) error {
	ceiling := d.ceiling.Load()
	switch {
	case exact:
		ceiling = version
	case version+versionStride/2 > ceiling:
		ceiling = version + versionStride
	}
	err := guard(func() error {
		return d.update(func(tx *bolt.Tx) error {
			for _, changes := range lagging {
				for _, c := range changes {
					if err := d.put(tx, c); err != nil {
						return err
					}
				}
			}
			for _, c := range batch {
				if err := d.put(tx, c); err != nil {
					return err
				}
			}
			return tx.Bucket(metaBucket).Put(ceilingKey, binary.BigEndian.AppendUint64(nil, ceiling))
		})
	})
	if err == nil {
		d.ceiling.Store(ceiling)
	}
	return err
}

func (d *disk) put(tx *bolt.Tx, c *change) error {
	b, err := tx.CreateBucketIfNotExists(bucketName(c.kind))
	if err != nil {
		return err
	}
	if c.event.Type == watch.Deleted {
		return b.Delete(keyBytes(c.key))
	}
	if c.value == nil {
		if c.value, err = d.encode(c.kind, c.key, c.event.Object); err != nil {
			return err
		}
	}
	return b.Put(keyBytes(c.key), c.value)
}

// refusalOf is what the author of a write reads when the file could not be written: 507 Insufficient Storage, or 500.
func refusalOf(err error, path string) error {
	if errors.Is(err, syscall.ENOSPC) {
		status := apierrors.NewInternalError(fmt.Errorf("the write was refused and nothing was changed: no space left on device for %s; free some space there and try again", path))
		status.ErrStatus.Code = 507
		return status
	}
	return apierrors.NewInternalError(fmt.Errorf("the write was refused and nothing was changed: %s could not be written: %w", path, err))
}

// Full is the refusal of a write for which the disk of path has no space.
func Full(path string) error { return refusalOf(syscall.ENOSPC, path) }

// Trouble is why the last write to the file failed, or nil.
func (s *Store) Trouble() error {
	if s.disk == nil {
		return nil
	}
	if err := s.disk.trouble.Load(); err != nil {
		return *err
	}
	return nil
}
