package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/slipway-sh/slipway/internal/home"
	"github.com/slipway-sh/slipway/internal/image"
	"github.com/slipway-sh/slipway/internal/objects"
)

func (s *session) image() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "The images of this machine: load, build, list, save, remove",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return usageError{"image needs to know what to do"} },
	}
	cmd.AddCommand(s.imageLoad(), s.imageImport(), s.imageList(), s.imageRemove(), s.imageBuild(), s.imageSave())
	return cmd
}

// images opens the images of this machine. Who is not root has images of their own, to build for a cluster.
func images() (*image.Store, error) {
	dir := home.Default().Images()
	if os.Geteuid() != 0 && os.Getenv("SLIPWAY_ROOT") == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "slipway", "images")
	}
	store, err := image.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("images of this machine: %w", err)
	}
	return store, nil
}

func (s *session) imageLoad() *cobra.Command {
	return &cobra.Command{
		Use:   "load FILE…",
		Short: `Takes images from archives ("docker save", OCI archive or folder)`,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			store, err := images()
			if err != nil {
				return err
			}
			for _, f := range files {
				loaded, err := store.Load(cmd.Context(), f)
				if err != nil {
					return err
				}
				for _, img := range loaded {
					fmt.Fprintf(s.out, "%s %s\n", img.Ref, shortID(img.ID))
				}
			}
			return nil
		},
	}
}

func (s *session) imageImport() *cobra.Command {
	var config v1.Config
	cmd := &cobra.Command{
		Use:   "import ROOTFS.tar NAME",
		Short: "Makes an image of a root filesystem, as debootstrap or mmdebstrap write it",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := images()
			if err != nil {
				return err
			}
			img, err := store.LoadRootFS(cmd.Context(), args[0], args[1], config)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s %s\n", img.Ref, shortID(img.ID))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&config.Entrypoint, "entrypoint", nil, "`PROGRAM` that is run, or one of its arguments; can be repeated")
	f.StringArrayVar(&config.Cmd, "cmd", nil, "`ARGUMENT` given unless others are; can be repeated")
	f.StringArrayVarP(&config.Env, "env", "e", nil, "`NAME=VALUE` in the environment, can be repeated")
	f.StringVar(&config.User, "user", "", "`UID:GID` that it runs as")
	f.StringVar(&config.WorkingDir, "workdir", "", "`DIRECTORY` that it runs in")
	return cmd
}

func (s *session) imageList() *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "Lists the images",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			store, err := images()
			if err != nil {
				return err
			}
			list, err := store.List()
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(table, "IMAGE\tID\tSIZE\tCREATED")
			for _, img := range list {
				created := "-" // images that are made to be the same each time have no date
				if img.Created.Year() > 1980 {
					created = duration.HumanDuration(time.Since(img.Created)) + " ago"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", img.Ref, shortID(img.ID), bytesOf(img.Size), created)
			}
			return table.Flush()
		},
	}
}

func bytesOf(n int64) string {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case n >= mib:
		return fmt.Sprintf("%.1f MiB", float64(n)/mib)
	case n >= kib:
		return fmt.Sprintf("%.1f KiB", float64(n)/kib)
	}
	return resource.NewQuantity(n, resource.BinarySI).String() + " B"
}

func (s *session) imageRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "rm IMAGE…",
		Aliases: []string{"remove"},
		Short:   "Removes images; what pods use stays until they are gone",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, names []string) error {
			store, err := images()
			if err != nil {
				return err
			}
			var errs []error
			for _, n := range names {
				errs = append(errs, store.Remove(n))
			}
			return errors.Join(errs...)
		},
	}
}

func (s *session) imageBuild() *cobra.Command {
	var tag, dockerfile, target string
	var args map[string]string
	cmd := &cobra.Command{
		Use:   "build [DIRECTORY]",
		Short: "Builds the application's images, or (with --tag) one of a directory",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			show := s.shower(false, "")
			defer show.close()
			var builds []objects.Build
			switch {
			case tag != "" && len(dirs) == 1:
				builds = []objects.Build{{Ref: tag, Context: dirs[0], Dockerfile: dockerfile, Target: target, Args: args}}
			case tag != "" || len(dirs) == 1:
				return usageError{"a directory and --tag belong together; without both, the application's images are built"}
			default:
				app, err := s.which.load(cmd.Context())
				if err != nil {
					return err
				}
				builds = app.Builds
			}
			store, err := images()
			if err != nil {
				return err
			}
			for _, b := range builds {
				if _, err := s.build(cmd.Context(), store, b, show); err != nil {
					return err
				}
			}
			if len(builds) == 0 {
				show.line("nothing to build: no service has a build section")
			}
			return nil
		},
	}
	s.which.add(cmd, "f")
	f := cmd.Flags()
	f.StringVarP(&tag, "tag", "t", "", "`NAME` of the image made of DIRECTORY")
	f.StringVar(&dockerfile, "dockerfile", "", "`FILE` in DIRECTORY (default: Dockerfile, if there is one)")
	f.StringVar(&target, "target", "", "`STAGE` of the Dockerfile to stop at")
	f.StringToStringVar(&args, "build-arg", nil, "`NAME=VALUE` for ARG of the Dockerfile, can be repeated")
	return cmd
}

func (s *session) imageSave() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "save -o FILE IMAGE",
		Short: `Writes an image to an archive that "docker load" and "ctr import" read`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			if file == "" {
				return usageError{"save needs -o FILE"}
			}
			store, err := images()
			if err != nil {
				return err
			}
			return store.Save(cmd.Context(), names[0], file)
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write")
	return cmd
}
