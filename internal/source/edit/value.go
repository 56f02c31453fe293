package edit

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// Tags of the values that can be written.
const (
	tagNull  = "!!null"
	tagBool  = "!!bool"
	tagInt   = "!!int"
	tagFloat = "!!float"
	tagText  = "!!str"
	tagList  = "!!seq"
	tagMap   = "!!map"
	tagMerge = "!!merge"
)

// literal makes parsed data of a value, as the parser would after reading it.
func literal(value any) (*yaml.Node, error) {
	switch v := value.(type) {
	case nil:
		return leaf(tagNull, "null"), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("%w: %q is not UTF-8", ErrValue, v)
		}
		return leaf(tagText, v), nil
	case objects.Ordered:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: tagMap}
		for _, kv := range v {
			if err := put(n, kv.Key, kv.Value); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	return reflected(reflect.ValueOf(value))
}

func reflected(v reflect.Value) (*yaml.Node, error) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return leaf(tagNull, "null"), nil
		}
		return literal(v.Elem().Interface())
	case reflect.String:
		return literal(v.String())
	case reflect.Bool:
		return leaf(tagBool, strconv.FormatBool(v.Bool())), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return leaf(tagInt, strconv.FormatInt(v.Int(), 10)), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return leaf(tagInt, strconv.FormatUint(v.Uint(), 10)), nil
	case reflect.Float32, reflect.Float64:
		return float(v.Float()), nil
	case reflect.Slice, reflect.Array:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: tagList}
		for i := range v.Len() {
			item, err := literal(v.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		return n, nil
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			break
		}
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: tagMap}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return compare(a.String(), b.String()) })
		for _, k := range keys {
			if err := put(n, k.String(), v.MapIndex(k).Interface()); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	return nil, fmt.Errorf("%w: a %s has no form in YAML", ErrValue, v.Type())
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func leaf(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func put(n *yaml.Node, key string, value any) error {
	k, err := literal(key)
	if err != nil {
		return err
	}
	v, err := literal(value)
	if err != nil {
		return err
	}
	n.Content = append(n.Content, k, v)
	return nil
}

// float writes a whole number without a point: to Kubernetes, as to JSON, the two are one, and 2.0 is refused where an
// integer is wanted.
func float(f float64) *yaml.Node {
	switch {
	case math.IsNaN(f):
		return leaf(tagFloat, ".nan")
	case math.IsInf(f, 1):
		return leaf(tagFloat, ".inf")
	case math.IsInf(f, -1):
		return leaf(tagFloat, "-.inf")
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return leaf(tagInt, strconv.FormatInt(int64(f), 10))
	}
	return leaf(tagFloat, strconv.FormatFloat(f, 'g', -1, 64))
}

func isNull(y *yaml.Node) bool { return y.Kind == yaml.ScalarNode && y.ShortTag() == tagNull }

func isCollection(y *yaml.Node) bool {
	return y.Kind == yaml.MappingNode || y.Kind == yaml.SequenceNode
}

func filled(y *yaml.Node) bool { return isCollection(y) && len(y.Content) > 0 }
