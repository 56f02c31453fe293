package store

import "errors"

var (
	errChanged  = errors.New("the object has been modified; please apply your changes to the latest version and try again")
	errReplaced = errors.New("the object has been replaced by another of the same name")
)

// Operation is what a write does.
type Operation string

// The operations that admission judges.
const (
	OpCreate Operation = "CREATE"
	OpUpdate Operation = "UPDATE"
	OpDelete Operation = "DELETE"
)

// Options change how a write is done.
type Options struct {
	DryRun      bool         // judge and answer, store nothing
	KeepStatus  bool         // Update takes the status of the given object too; for rooms of the engine
	Warn        func(string) // receives what the user should be told although the write is accepted; may be nil
	If          func() error // judged just before the write, with other writes held back; may be nil
	Subresource string       // that admission is told of an Update
	Finalize    bool         // Update takes the spec.finalizers of the given Namespace, whatever admission says
}

// Option sets one of the Options.
type Option func(*Options)

// DryRun makes a write that is judged and answered, but not stored.
func DryRun(o *Options) { o.DryRun = true }

// WithStatus makes Update take the status of the given object too.
func WithStatus(o *Options) { o.KeepStatus = true }

// WithWarnings gives a write a place for its warnings.
func WithWarnings(warn func(string)) Option { return func(o *Options) { o.Warn = warn } }

// As makes Update a write through that subresource, as admission sees it: the node of a pod is set through "binding".
func As(subresource string) Option { return func(o *Options) { o.Subresource = subresource } }

// Finalize makes Update of a Namespace take its spec.finalizers: its contents are gone. Admission cannot keep them.
func Finalize(o *Options) { o.Finalize = true }

// If makes a write depend on the state of other objects: check runs with other writes held back, may read the store,
// and its error is the answer.
func If(check func() error) Option { return func(o *Options) { o.If = check } }

func collect(opts []Option) Options {
	var o Options
	for _, f := range opts {
		f(&o)
	}
	return o
}

// Request is a write under judgement. Object may be changed (defaults, allocated addresses); Old may not.
type Request struct {
	Operation   Operation
	Kind        *Kind
	Object      Object
	Old         Object // nil on create
	Subresource string // "", "status", or what As says, for example "binding"
	Options     Options
}

// Warn tells the author of the write something that does not prevent it.
func (r *Request) Warn(text string) {
	if r.Options.Warn != nil {
		r.Options.Warn(text)
	}
}

// Admission changes or refuses a write. Its error should be an APIStatus (k8s.io/apimachinery/pkg/api/errors). It
// runs with other writes held back; it may read the store and must not write to it.
type Admission func(*Request) error

// Admit adds an admission, which runs after those added before. Call it before the first write.
func (s *Store) Admit(a Admission) { s.admission = append(s.admission, a) }

func (s *Store) admit(r *Request) error {
	if r.Options.If != nil {
		if err := r.Options.If(); err != nil {
			return err
		}
	}
	for _, a := range s.admission {
		if err := a(r); err != nil {
			return err
		}
	}
	return nil
}
