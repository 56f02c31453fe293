// Command staticserver serves a folder of files: "staticserver DIR" on $PORT (8080), "staticserver health" asks it.
// Its source is compiled into images made of static folders.
//
// DESIGN. It imports the standard library alone, since it is compiled where no module may be fetched.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if len(args) == 1 && args[0] == "health" {
		c := http.Client{Timeout: 2 * time.Second}
		res, err := c.Get("http://127.0.0.1:" + port + "/")
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	if len(args) != 1 {
		return errors.New("usage: staticserver DIR")
	}
	root, err := os.OpenRoot(args[0])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	srv := &http.Server{Addr: ":" + port, Handler: serve(root.FS()), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	done := make(chan error, 1)
	go func() { done <- srv.ListenAndServe() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return srv.Shutdown(late)
	}
}

// serve shows files and the index.html of folders, never a list. An image has no dates: a hash says what changed.
func serve(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		info, err := fs.Stat(files, path.Join(".", name))
		if err == nil && info.IsDir() {
			if name != "" && !strings.HasSuffix(r.URL.Path, "/") {
				http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
				return
			}
			name = path.Join(name, "index.html")
		}
		if content(w, r, files, name) == nil {
			return
		}
		if page, err := fs.ReadFile(files, "404.html"); err == nil {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(page)
			return
		}
		http.NotFound(w, r)
	})
}

func content(w http.ResponseWriter, r *http.Request, files fs.FS, name string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	seeker, ok := f.(io.ReadSeeker)
	if !ok || !info.Mode().IsRegular() {
		return fs.ErrNotExist
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, seeker); err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum.Sum(nil)[:12])+`"`)
	w.Header().Set("Cache-Control", "no-cache") // may be kept, must be asked about
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, name, time.Time{}, seeker)
	return nil
}
