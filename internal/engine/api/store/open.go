package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/slipway-sh/slipway/internal/home"
)

// Open returns the store that a file keeps, which it makes if there is none. The key that Secrets are encrypted with
// is beside it, where home.Dir.PKI says. Only one process can have it open; a second one gets an error after a second.
func Open(path string) (*Store, error) {
	s, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	go s.run()
	return s, nil
}

func open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	d := &disk{
		path:    path,
		lagging: map[*Kind]map[Key]*change{},
		wakeup:  make(chan struct{}, 1),
		stop:    make(chan struct{}),
		idle:    make(chan struct{}),
	}
	var err error
	if d.seal, err = openSeal(filepath.Join(home.Dir{Root: filepath.Dir(path)}.PKI(), "secrets.key")); err != nil {
		return nil, err
	}
	s := New()
	s.disk = d
	err = guard(func() error {
		// Without NoFreelistSync, which would read every page at the start in a goroutine that guard does not see.
		d.db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return err
		}
		d.update = d.db.Update
		return d.update(s.load)
	})
	if err == nil {
		err = d.seal.keep()
	}
	if err == nil {
		return s, nil
	}
	if d.db != nil {
		_ = guard(d.db.Close)
	}
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("another engine has it open; stop that one first, or give this one another directory with SLIPWAY_ROOT")
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if errors.Is(err, ErrDamaged) {
		return nil, fmt.Errorf("%w; put it back from a backup, or move it away to start with an empty engine", err)
	}
	return nil, err
}

// load reads the file into memory, and promises it the next versions.
func (s *Store) load(tx *bolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	if b := meta.Get(ceilingKey); len(b) == 8 {
		s.version = binary.BigEndian.Uint64(b)
	}
	for _, k := range Kinds {
		b := tx.Bucket(bucketName(k))
		if b == nil {
			continue
		}
		err := b.ForEach(func(name, record []byte) error {
			key := parseKey(name)
			obj, err := s.disk.decode(k, key, record)
			if err != nil {
				return fmt.Errorf("%s %s: %w", k.Resource, name, err)
			}
			if v, err := strconv.ParseUint(obj.GetResourceVersion(), 10, 64); err == nil && v > s.version {
				return fmt.Errorf("%s %s: %w: version %d is above that of the store, %d", k.Resource, name, ErrDamaged, v, s.version)
			}
			s.objects[k][key] = obj
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, k := range Kinds {
		s.expired[k] = s.version // what came before is not in the history
	}
	ceiling := s.version + versionStride
	s.disk.ceiling.Store(ceiling)
	return meta.Put(ceilingKey, binary.BigEndian.AppendUint64(nil, ceiling))
}

// Close writes what may lag and closes the file; writes after it are refused.
func (s *Store) Close() error {
	if s.disk == nil {
		return nil
	}
	s.disk.once.Do(func() {
		s.writes.Lock()
		s.disk.closed.Store(true)
		s.writes.Unlock()
		close(s.disk.stop)
	})
	<-s.disk.idle
	err := s.disk.db.Close()
	if t := s.Trouble(); t != nil {
		return fmt.Errorf("store %s: %w", s.disk.path, t)
	}
	return err
}

// guard turns what a damaged file does to its reader (a panic, or a fault in the mapped memory) into an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return f()
}
