package image

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pack makes a layer of a directory: sorted, without dates, so that the same files are the same layer.
func (w *work) pack(ctx context.Context, dir string) (v1.Descriptor, error) {
	pr, pw := io.Pipe()
	go func() {
		tw := tar.NewWriter(pw)
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || p == dir {
				return err
			}
			return packEntry(tw, dir, p, d)
		})
		if err == nil {
			err = tw.Close()
		}
		pw.CloseWithError(err)
	}()
	return w.layer(ctx, pr)
}

func packEntry(tw *tar.Writer, dir, p string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(p); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if h.Name, err = filepath.Rel(dir, p); err != nil {
		return err
	}
	if d.IsDir() {
		h.Name += "/"
	}
	st := info.Sys().(*syscall.Stat_t)
	clean := &tar.Header{
		Typeflag: h.Typeflag, Name: h.Name, Linkname: target, Size: h.Size, Mode: h.Mode,
		Uid: int(st.Uid), Gid: int(st.Gid), ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
	if err := tw.WriteHeader(clean); err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(tw, f)
	return err
}

// file is one file of a layer that is made in memory; a directory if its content is nil.
type file struct {
	name    string
	mode    int64
	uid     int
	content []byte
}

func (w *work) packFiles(ctx context.Context, files ...file) (v1.Descriptor, error) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Uid: f.uid, Gid: f.uid, Size: int64(len(f.content)), Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
		if f.content == nil {
			h.Typeflag = tar.TypeDir
		}
		if err := tw.WriteHeader(h); err != nil {
			return v1.Descriptor{}, err
		}
		if _, err := tw.Write(f.content); err != nil {
			return v1.Descriptor{}, err
		}
	}
	if err := tw.Close(); err != nil {
		return v1.Descriptor{}, err
	}
	return w.layer(ctx, &b)
}

func (w *work) layer(ctx context.Context, r io.Reader) (v1.Descriptor, error) {
	h, size, err := w.add(ctx, r, v1.Hash{})
	if pr, ok := r.(*io.PipeReader); ok {
		_ = pr.Close() // ends the writer if the disk is full
	}
	return v1.Descriptor{MediaType: types.OCIUncompressedLayer, Size: size, Digest: h}, err
}

func sortByAge(entries []fs.DirEntry) {
	age := func(e fs.DirEntry) time.Time {
		if info, err := e.Info(); err == nil {
			return info.ModTime()
		}
		return time.Time{}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return age(a).Compare(age(b)) })
}
