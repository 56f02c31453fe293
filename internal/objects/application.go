package objects

import (
	"fmt"
	"slices"
	"strings"
)

// Application is what one project consists of. Objects are in the order of Sort once Finish or Sort was called.
type Application struct {
	Name      string
	Namespace string
	Objects   []*Object
	Builds    []Build
	Notes     []Note
	Problems  []Problem
	Before    []*Object // what runs today, if that is known
}

// Labels that every object of an application carries.
const (
	LabelName      = "app.kubernetes.io/name"       // the service
	LabelPartOf    = "app.kubernetes.io/part-of"    // the application
	LabelManagedBy = "app.kubernetes.io/managed-by" // Manager
	Manager        = "slipway"
)

// Annotations that Slipway writes and reads.
const (
	// AfterAnnotation names what must be ready or complete before the object is applied: "Job/migrate,StatefulSet/db",
	// kinds and names in the same namespace.
	AfterAnnotation = "slipway.dev/after"
	// ConfigHashAnnotation is in pod templates: a hash over the ConfigMaps and Secrets that the pod uses.
	ConfigHashAnnotation = "slipway.dev/config-hash"
	// ImageDigestAnnotation is in pod templates: "container=sha256:…", comma separated, for images whose content is known.
	ImageDigestAnnotation = "slipway.dev/image-digest"
)

// Build says how an image of the application is made here.
type Build struct {
	Ref        string // name of the image, as the containers have it
	Context    string // absolute folder
	Dockerfile string // relative to Context or absolute; "" means the builder's default
	Target     string
	Args       map[string]string
	Labels     map[string]string
	Origin     Origin
}

// Severity of a Note.
type Severity string

const (
	// Info says what was understood without having been written.
	Info Severity = "info"
	// Warning says what was left out or will differ.
	Warning Severity = "warning"
)

// Note is something a person should know about how their file was read.
type Note struct {
	Severity Severity
	Origin   Origin
	Text     string
}

func (n Note) String() string { return fmt.Sprintf("%s: %s: %s", n.Origin, n.Severity, n.Text) }

// Origin is where something was written.
type Origin struct {
	File string
	Line int
	Doc  int    // which document of the file, from 0
	Path string // in the source's own terms: services.api.ports[0]
}

// String is "file:line: path", as editors understand it.
func (o Origin) String() string {
	var b strings.Builder
	b.WriteString(o.File)
	if o.Line > 0 {
		fmt.Fprintf(&b, ":%d", o.Line)
	}
	if o.Path != "" {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(o.Path)
	}
	return b.String()
}

// Add appends an object.
func (a *Application) Add(o ...*Object) { a.Objects = append(a.Objects, o...) }

// Find returns the object of that kind and name in the application's namespace (or without one), nil if there is none.
func (a *Application) Find(kind, name string) *Object {
	i := slices.IndexFunc(a.Objects, func(o *Object) bool { return o.Kind() == kind && o.Name() == name })
	if i < 0 {
		return nil
	}
	return a.Objects[i]
}

// OfKind returns the objects of one kind, in order.
func (a *Application) OfKind(kind string) []*Object {
	var found []*Object
	for _, o := range a.Objects {
		if o.Kind() == kind {
			found = append(found, o)
		}
	}
	return found
}
