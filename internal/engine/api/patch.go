package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

// maxOperations is how many operations one JSON patch may hold, as in kube-apiserver.
const maxOperations = 10000

var patchTypes = []string{string(types.JSONPatchType), string(types.MergePatchType), string(types.StrategicMergePatchType), string(types.ApplyYAMLPatchType)}

// patchRequest is a patch as it came.
type patchRequest struct {
	kind    types.PatchType
	options *metav1.PatchOptions
	data    []byte
}

func (c *call) patchRequest() (*patchRequest, error) {
	p := &patchRequest{options: &metav1.PatchOptions{}}
	t, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	p.kind = types.PatchType(t)
	switch p.kind {
	case types.JSONPatchType, types.MergePatchType, types.StrategicMergePatchType, types.ApplyYAMLPatchType:
	default:
		return nil, unsupportedMedia(patchTypes)
	}
	if err := metav1.Convert_url_Values_To_v1_PatchOptions(&c.query, p.options, nil); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	if err := invalidOptions("PatchOptions", validation.ValidatePatchOptions(p.options, p.kind)); err != nil {
		return nil, err
	}
	var err error
	p.data, err = c.body()
	return p, err
}

func (c *call) patch() (int, runtime.Object, error) {
	p, err := c.patchRequest()
	if err != nil {
		return 0, nil, err
	}
	if p.kind == types.ApplyYAMLPatchType {
		return c.apply(p)
	}
	out, err := c.change(p.options.DryRun, func(live store.Object) (store.Object, error) {
		next := c.kind.New()
		if err := c.patched(p, live, next); err != nil {
			return nil, err
		}
		next.GetObjectKind().SetGroupVersionKind(c.kind.GVK)
		if err := c.matchName(next); err != nil {
			return nil, err
		}
		return c.noted(live, next, c.manager(p.options.FieldManager))
	})
	return http.StatusOK, out, err
}

// patched writes into next what a patch makes of live.
func (c *call) patched(p *patchRequest, live, next runtime.Object) error {
	if p.kind == types.StrategicMergePatchType {
		return c.strategic(p, live, next)
	}
	data, err := json.Marshal(live)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	var found []error
	if p.kind == types.JSONPatchType {
		data, found, err = jsonPatched(p.data, data)
	} else {
		data, found, err = mergePatched(p.data, data)
	}
	if err != nil {
		return err
	}
	strict, err := kjson.UnmarshalStrict(data, next)
	if err != nil {
		return invalidPatch(c.kind, string(p.data), err)
	}
	return c.strict(append(found, strict...), p.options.FieldValidation, func(err error) error { return invalidPatch(c.kind, string(p.data), err) })
}

// jsonPatched applies RFC 6902. found are the fields of the patch that mean nothing.
func jsonPatched(patch, doc []byte) (out []byte, found []error, err error) {
	var known []struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		From  string `json:"from"`
		Value any    `json:"value"`
	}
	found, err = kjson.UnmarshalStrict(patch, &known)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	for i, e := range found {
		found[i] = fmt.Errorf("json patch %w", e)
	}
	if len(known) > maxOperations {
		return nil, nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("the allowed maximum operations in a JSON patch is %d, got %d", maxOperations, len(known)))
	}
	p, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	if out, err = p.Apply(doc); err != nil {
		return nil, nil, unprocessable(err)
	}
	return out, found, nil
}

// mergePatched applies RFC 7386.
func mergePatched(patch, doc []byte) (out []byte, found []error, err error) {
	var fields map[string]any
	found, err = kjson.UnmarshalStrict(patch, &fields)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	if out, err = jsonpatch.MergePatch(doc, patch); err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	return out, found, nil
}

func (c *call) strategic(p *patchRequest, live, next runtime.Object) error {
	doc, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	patch := map[string]any{}
	found, err := kjson.UnmarshalStrict(p.data, &patch)
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	merged, err := mergeStrategically(doc, patch, next)
	if err != nil {
		return err
	}
	err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(merged, next, true)
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		found, err = append(found, strict.Errors()...), nil
	}
	if err != nil {
		return invalidPatch(c.kind, string(p.data), err)
	}
	return c.strict(found, p.options.FieldValidation, func(err error) error { return invalidPatch(c.kind, string(p.data), err) })
}

func mergeStrategically(doc, patch map[string]any, as runtime.Object) (merged map[string]any, err error) {
	defer func() { // some malformed patches make the library panic; kube-apiserver recovers too
		if r := recover(); r != nil {
			err = apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", r))
		}
	}()
	merged, err = strategicpatch.StrategicMergeMapPatch(doc, patch, as)
	switch {
	case err == nil:
		return merged, nil
	case errors.Is(err, mergepatch.ErrNoListOfLists), errors.Is(err, mergepatch.ErrPatchContentNotMatchRetainKeys):
		return nil, unprocessable(err)
	}
	return nil, apierrors.NewBadRequest(err.Error())
}

func invalidPatch(k *store.Kind, patch string, err error) error {
	return apierrors.NewInvalid(k.GVK.GroupKind(), "", field.ErrorList{field.Invalid(field.NewPath("patch"), patch, err.Error())})
}

// unprocessable is the answer to a patch that is well formed and cannot be applied to what is there.
func unprocessable(err error) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusUnprocessableEntity,
		Reason:  metav1.StatusReasonInvalid,
		Message: "the patch cannot be applied: " + err.Error(),
	}}
}
