package api

import (
	"reflect"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/api/typeschema"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
)

// managers notes which client set which field, as Kubernetes does for apply and for every other write. What it needs
// for that (the schema of the types) is made at the first write.
type managers struct {
	codec   *codec
	mu      sync.Mutex
	types   managedfields.TypeConverter
	byWrite map[managerKey]*managedfields.FieldManager
}

type managerKey struct {
	kind        *store.Kind
	subresource string
}

func (m *managers) of(k *store.Kind, subresource string) (*managedfields.FieldManager, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := managerKey{k, subresource}
	if f := m.byWrite[key]; f != nil {
		return f, nil
	}
	if m.types == nil {
		parser, err := typeschema.Parser()
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		m.types = managedfields.NewSchemeTypeConverter(m.codec.scheme, parser)
		m.byWrite = map[managerKey]*managedfields.FieldManager{}
	}
	gv := k.GVK.GroupVersion()
	f, err := managedfields.NewDefaultFieldManager(m.types, runtime.UnsafeObjectConvertor(m.codec.scheme), defaulter{}, m.codec.scheme, k.GVK, gv, subresource, notOurs(k, subresource))
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	m.byWrite[key] = f
	return f, nil
}

// notOurs are the fields that a write cannot change, and whose managers it must not change either.
func notOurs(k *store.Kind, subresource string) map[fieldpath.APIVersion]fieldpath.Filter {
	var set *fieldpath.Set
	switch {
	case subresource == "status":
		set = fieldpath.NewSet(fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata"))
	case k.HasStatus():
		set = fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	default:
		return nil
	}
	return map[fieldpath.APIVersion]fieldpath.Filter{
		fieldpath.APIVersion(k.GVK.GroupVersion().String()): fieldpath.NewExcludeSetFilter(set),
	}
}

// note adds to next the managed fields of a create or update. live and next are changed.
func (s *Server) note(k *store.Kind, subresource string, live, next store.Object, manager string) (store.Object, error) {
	f, err := s.managers.of(k, subresource)
	if err != nil {
		return nil, err
	}
	next.GetObjectKind().SetGroupVersionKind(k.GVK)
	return f.UpdateNoErrors(live, next, manager).(store.Object), nil
}

type defaulter struct{}

// Default implements runtime.ObjectDefaulter.
func (defaulter) Default(obj runtime.Object) { defaults.Set(obj) }

// assign makes *to equal to *from.
func assign(to, from store.Object) {
	reflect.ValueOf(to).Elem().Set(reflect.ValueOf(from).Elem())
}
