package node

import (
	"errors"
	"io"
	"os"

	pathrs "github.com/cyphar/filepath-securejoin/pathrs-lite"
	"golang.org/x/sys/unix"
)

// readFromLayers reads a small file as the container will see it, before there is a container; nil if it has none.
// A symlink in a layer is followed within that layer only.
func readFromLayers(layers []string, path string) ([]byte, error) {
	for _, l := range layers {
		h, err := pathrs.OpenInRoot(l, path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			continue
		} else if err != nil {
			return nil, err
		}
		defer h.Close()
		st, err := h.Stat()
		if err != nil {
			return nil, err
		}
		if !st.Mode().IsRegular() {
			return nil, nil // a whiteout: an upper layer removed it
		}
		f, err := pathrs.Reopen(h, os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, 1<<20))
		if b == nil {
			b = []byte{}
		}
		return b, err
	}
	return nil, nil
}
