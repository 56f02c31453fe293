package openapi

import (
	"reflect"
	"strings"
)

// schemas collects the schemas of types by the names that Kubernetes gives them ("io.k8s.api.core.v1.Pod").
type schemas struct {
	prefix string // of references
	v3     bool
	done   object
}

func newSchemas(prefix string, v3 bool) *schemas {
	return &schemas{prefix: prefix, v3: v3, done: object{}}
}

// name is a type's own, or made of its package: k8s.io/api/core/v1 gives io.k8s.api.core.v1.
func (s *schemas) name(t reflect.Type) string {
	if m, ok := reflect.Zero(t).Interface().(interface{ OpenAPIModelName() string }); ok {
		return m.OpenAPIModelName()
	}
	host, path, _ := strings.Cut(t.PkgPath(), "/")
	labels := strings.Split(host, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".") + "." + strings.ReplaceAll(path, "/", ".") + "." + t.Name()
}

// docs are the comments of a type's fields, by their JSON names; that of the type itself is under "".
func docs(t reflect.Type) map[string]string {
	if d, ok := reflect.New(t).Interface().(interface{ SwaggerDoc() map[string]string }); ok {
		return d.SwaggerDoc()
	}
	return nil
}

// ref is a reference to a struct's schema, which it makes first if need be.
func (s *schemas) ref(t reflect.Type) object {
	name := s.name(t)
	if _, ok := s.done[name]; !ok {
		out := object{}
		s.done[name] = out // before its fields: a type may contain itself
		s.define(out, t)
	}
	return object{"$ref": s.prefix + name}
}

func (s *schemas) define(out object, t reflect.Type) {
	d := docs(t)
	if d[""] != "" {
		out["description"] = d[""]
	}
	if typed, ok := reflect.New(t).Interface().(interface {
		OpenAPISchemaType() []string
		OpenAPISchemaFormat() string
	}); ok {
		s.scalar(out, t, typed.OpenAPISchemaType(), typed.OpenAPISchemaFormat())
		return
	}
	out["type"] = "object"
	properties := object{}
	var required []string
	s.fields(t, d, properties, &required)
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
}

// scalar is a struct that JSON writes as something else: a time, a quantity, a number or a text.
func (s *schemas) scalar(out object, t reflect.Type, types []string, format string) {
	if one, ok := reflect.New(t).Interface().(interface{ OpenAPIV3OneOfTypes() []string }); ok && s.v3 {
		var list []object
		for _, t := range one.OpenAPIV3OneOfTypes() {
			list = append(list, object{"type": t})
		}
		out["oneOf"] = list
	} else if len(types) > 0 {
		out["type"] = types[0]
	}
	if format != "" {
		out["format"] = format
	}
}

// optional are the fields that need not be given although JSON always has them: what only a comment in the source of
// k8s.io/api says.
var optional = map[string]bool{
	"ControllerRevision.data": true, "EndpointSlice.endpoints": true, "EndpointSlice.ports": true, "Event.reportingComponent": true,
	"Event.reportingInstance": true, "GRPCAction.service": true, "IngressClassParametersReference.scope": true,
	"NetworkPolicySpec.podSelector": true, "PodFailurePolicyOnPodConditionsPattern.status": true, "ProjectedVolumeSource.sources": true,
	"StatefulSetOrdinals.start": true, "StatefulSetSpec.serviceName": true, "TypedLocalObjectReference.apiGroup": true,
	"TypedObjectReference.apiGroup": true,
}

func (s *schemas) fields(t reflect.Type, d map[string]string, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" && (f.Anonymous || strings.Contains(opts, "inline")) {
			inner := docs(f.Type)
			if inner == nil {
				inner = d
			}
			s.fields(f.Type, inner, properties, required)
			continue
		}
		p := s.of(f.Type)
		if d[name] != "" {
			p["description"] = d[name]
		}
		merge(p, f.Tag)
		properties[name] = p
		if !strings.Contains(opts, "omitempty") && !strings.Contains(opts, "omitzero") && !optional[t.Name()+"."+name] {
			*required = append(*required, name)
		}
	}
}

// moreKeys are the lists whose elements are known by more than the one field that a strategic merge goes by.
var moreKeys = map[string]string{"containerPort": "protocol", "port": "protocol", "topologyKey": "whenUnsatisfiable"}

// merge says how a strategic merge patch treats the field.
func merge(p object, tag reflect.StructTag) {
	strategy, key := tag.Get("patchStrategy"), tag.Get("patchMergeKey")
	if strategy != "" {
		p["x-kubernetes-patch-strategy"] = strategy
	}
	if key == "" {
		return
	}
	p["x-kubernetes-patch-merge-key"] = key
	p["x-kubernetes-list-type"] = "map"
	keys := []string{key}
	if more := moreKeys[key]; more != "" {
		keys = append(keys, more)
	}
	p["x-kubernetes-list-map-keys"] = keys
}

func (s *schemas) of(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		if s.v3 { // what stands beside a reference, such as a description, is not read in OpenAPI 3.0
			return object{"allOf": []object{s.ref(t)}}
		}
		return s.ref(t)
	case reflect.Map:
		value := s.of(t.Elem())
		if t.Elem().Kind() == reflect.Struct {
			value = s.ref(t.Elem())
		}
		return object{"type": "object", "additionalProperties": value}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "format": "byte"}
		}
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return object{"type": "integer", "format": "int32"}
	case reflect.Int64, reflect.Uint, reflect.Uint64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number", "format": "double"}
	case reflect.Interface:
		return object{"type": "object"}
	}
	return object{"type": "string"}
}
