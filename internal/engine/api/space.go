package api

import (
	"golang.org/x/sys/unix"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// reserve is the space, in bytes, without which a dry run is refused: what is applied after it also makes pods and
// their files, and needs a way back.
const reserve = 8 << 20

// admitSpace says at a dry run already that the disk is full, before anything is changed. Real writes are tried in any
// case: they often fit, and are refused by the store where they do not.
func admitSpace(root string) store.Admission {
	return func(r *store.Request) error {
		if !r.Options.DryRun || r.Operation == store.OpDelete || r.Subresource != "" {
			return nil
		}
		var st unix.Statfs_t
		told := unix.Statfs(root, &st) == nil // where it cannot be told, the write itself tells
		if !told || st.Bavail*uint64(st.Bsize) >= reserve {
			return nil
		}
		return store.Full(root)
	}
}
