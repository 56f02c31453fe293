package api

import (
	"net/http"
	"reflect"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// read answers get, of an object or of its status.
func (c *call) read() (int, runtime.Object, error) {
	obj, err := c.get()
	return http.StatusOK, obj, err
}

// selector is what a list or watch is limited to.
type selector struct {
	namespace string
	labels    labels.Selector
	fields    fields.Selector
}

func (c *call) selector(o *metav1.ListOptions) (selector, error) {
	sel := selector{namespace: c.namespace, labels: labels.Everything(), fields: fields.Everything()}
	var err error
	if o.LabelSelector != "" {
		if sel.labels, err = labels.Parse(o.LabelSelector); err != nil {
			return sel, apierrors.NewBadRequest(err.Error())
		}
	}
	if o.FieldSelector != "" {
		if sel.fields, err = fields.ParseSelector(o.FieldSelector); err != nil {
			return sel, apierrors.NewBadRequest(err.Error())
		}
		if err := checkFields(c.kind, sel.fields); err != nil {
			return sel, err
		}
	}
	return sel, nil
}

func (s selector) matches(obj store.Object) bool {
	if obj == nil || s.namespace != "" && obj.GetNamespace() != s.namespace {
		return false
	}
	return s.labels.Matches(labels.Set(obj.GetLabels())) && (s.fields.Empty() || s.fields.Matches(fieldsOf(obj)))
}

func (c *call) listOptions() (*metav1.ListOptions, error) {
	o := &metav1.ListOptions{}
	if err := metav1.Convert_url_Values_To_v1_ListOptions(&c.query, o, nil); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	judged := &internalversion.ListOptions{
		Watch: o.Watch, AllowWatchBookmarks: o.AllowWatchBookmarks, ResourceVersion: o.ResourceVersion,
		ResourceVersionMatch: o.ResourceVersionMatch, SendInitialEvents: o.SendInitialEvents, Limit: o.Limit, Continue: o.Continue,
	}
	if errs := validation.ValidateListOptions(judged, true); len(errs) > 0 {
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
	}
	if v := o.ResourceVersion; v != "" && !o.Watch {
		if _, err := strconv.ParseUint(v, 10, 64); err != nil {
			return nil, apierrors.NewBadRequest("invalid resource version: " + err.Error())
		}
	}
	return o, nil
}

func (c *call) listOrWatch() (int, runtime.Object, error) {
	o, err := c.listOptions()
	if err != nil {
		return 0, nil, err
	}
	sel, err := c.selector(o)
	if err != nil {
		return 0, nil, err
	}
	if o.Watch {
		return c.watch(o, sel)
	}
	list, err := c.list(o, sel)
	return http.StatusOK, list, err
}

// list holds everything in one answer: limit may be passed over, as the API says
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
func (c *call) list(o *metav1.ListOptions, sel selector) (runtime.Object, error) {
	if o.Continue != "" {
		return nil, apierrors.NewResourceExpired("the engine gives no continue tokens; list again from the start")
	}
	objs, version := c.server.store.List(c.kind, c.namespace)
	if o.ResourceVersionMatch == metav1.ResourceVersionMatchExact && o.ResourceVersion != strconv.FormatUint(version, 10) {
		return nil, apierrors.NewResourceExpired("the engine keeps only the newest state; list without resourceVersionMatch=Exact")
	}
	var match []store.Object
	for _, obj := range objs {
		if sel.matches(obj) {
			match = append(match, obj)
		}
	}
	return c.listOf(match, version)
}

// listOf makes the typed list of a kind. Its items share what they point to with the stored objects.
func (c *call) listOf(objs []store.Object, version uint64) (runtime.Object, error) {
	gvk := c.kind.GVK
	gvk.Kind += "List"
	list, err := c.server.codec.scheme.New(gvk)
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	list.GetObjectKind().SetGroupVersionKind(gvk)
	list.(metav1.ListInterface).SetResourceVersion(strconv.FormatUint(version, 10))
	items := reflect.ValueOf(list).Elem().FieldByName("Items")
	slice := reflect.MakeSlice(items.Type(), len(objs), len(objs))
	for i, obj := range objs {
		slice.Index(i).Set(reflect.ValueOf(obj).Elem())
		// Items of a list carry no kind of their own.
		slice.Index(i).FieldByName("TypeMeta").SetZero()
	}
	items.Set(slice)
	return list, nil
}
