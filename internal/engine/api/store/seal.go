package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// seal encrypts Secrets with AES-256-GCM; the name of the object is authenticated with it, so that no Secret can be
// put in the place of another.
type seal struct {
	path string
	aead cipher.AEAD
	made []byte // the key, if it is new: nothing was sealed with it before, and it is in no file yet
}

const sealKeyLength = 32

// openSeal reads the key, or makes one, which keep is to write.
func openSeal(path string) (*seal, error) {
	key, err := os.ReadFile(path)
	s := &seal{path: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = make([]byte, sealKeyLength)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		s.made = key
	case err != nil:
		return nil, fmt.Errorf("key of the Secrets: %w", err)
	case len(key) != sealKeyLength:
		return nil, fmt.Errorf("key of the Secrets %s: %d bytes instead of %d; put back the right file from a backup", path, len(key), sealKeyLength)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// keep writes a new key to its file (0600).
func (s *seal) keep() error {
	if s.made == nil {
		return nil
	}
	if err := writeDurably(s.path, s.made); err != nil {
		return fmt.Errorf("key of the Secrets: %w", err)
	}
	s.made = nil
	return nil
}

func (s *seal) close(data, name []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(data)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the process instead
	return s.aead.Seal(nonce, nonce, data, name)
}

func (s *seal) open(data, name []byte) ([]byte, error) {
	if len(data) < s.aead.NonceSize() {
		return nil, ErrDamaged
	}
	plain, err := s.aead.Open(nil, data[:s.aead.NonceSize()], data[s.aead.NonceSize():], name)
	if err != nil && s.made != nil {
		return nil, fmt.Errorf("its key %s was missing; put it back from a backup", s.path)
	}
	if err != nil {
		return nil, fmt.Errorf("it was not encrypted with the key %s; put back the right one from a backup", s.path)
	}
	return plain, nil
}

// writeDurably makes a file for its owner alone that is whole after a power cut, or is not there.
func writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
