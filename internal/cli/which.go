package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source"
)

// whichFlags say which application a command is about.
type whichFlags struct {
	files     []string
	profiles  []string
	project   string
	namespace string
}

func (w *whichFlags) add(cmd *cobra.Command, fileShort string) {
	f := cmd.Flags()
	f.StringArrayVarP(&w.files, "file", fileShort, nil, "Compose `FILE`, manifest or folder of manifests, can be repeated (default: compose.yaml or manifests here)")
	f.StringSliceVar(&w.profiles, "profile", nil, "Compose `PROFILE` to include, can be repeated")
	f.StringVarP(&w.project, "project", "p", "", "`NAME` of the application (default: from the files)")
	f.StringVarP(&w.namespace, "namespace", "n", "", "`NAMESPACE` of the application (default: its name)")
}

// load reads the application from its files.
func (w *whichFlags) load(ctx context.Context) (*objects.Application, error) {
	app, err := source.Load(ctx, w.files, source.Options{Name: w.project, Profiles: w.profiles})
	if err != nil {
		return nil, err
	}
	if w.namespace != "" {
		move(app, w.namespace)
	}
	return app, nil
}

// identity is the name and namespace of an application.
type identity struct{ name, namespace string }

// identify finds the application without needing its files when it is named.
func (w *whichFlags) identify(ctx context.Context) (identity, error) {
	if w.project != "" && len(w.files) == 0 {
		return identity{w.project, cmp.Or(w.namespace, w.project)}, nil
	}
	app, err := w.load(ctx)
	if err == nil {
		return identity{app.Name, app.Namespace}, nil
	}
	// A file that cannot be delivered (a secret is missing, say) still says what it is called.
	if name := cmp.Or(w.project, composeName(w.files)); name != "" && !errors.Is(err, source.ErrNoFile) {
		return identity{name, cmp.Or(w.namespace, name)}, nil
	}
	return identity{}, err
}

// move puts an application into another namespace than its own.
func move(app *objects.Application, namespace string) {
	for _, o := range app.Objects {
		switch {
		case o.Kind() == "Namespace" && o.Name() == app.Namespace:
			o.Meta().SetName(namespace)
		case o.Namespace() == app.Namespace && o.Namespace() != "":
			o.Meta().SetNamespace(namespace)
		}
	}
	app.Namespace = namespace
}
