package chart

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

const (
	maxMemory = 512 << 20 // that the heap may grow by while a chart is rendered
	maxCount  = 4 << 20   // numbers that one call may ask for
	maxDepth  = 200       // of a value that is copied or printed
)

// costly is why a template is stopped.
type costly struct{ why string }

func (c *costly) Error() string { return c.why }

func tooLong(d time.Duration) *costly {
	return &costly{fmt.Sprintf("rendering the chart takes longer than %s", d)}
}

// budget is what rendering may take.
type budget struct {
	end    time.Time
	limit  time.Duration
	heap   uint64
	sample []metrics.Sample
	over   atomic.Pointer[costly]
	table  template.FuncMap
}

func newBudget(limit time.Duration) *budget {
	b := &budget{end: time.Now().Add(limit), limit: limit, sample: []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}}
	b.heap = b.used()
	return b
}

func (b *budget) used() uint64 {
	metrics.Read(b.sample)
	return b.sample[0].Value.Uint64()
}

// spent is why the budget is over, nil if it is not.
func (b *budget) spent() error {
	if c := b.over.Load(); c != nil {
		return c
	}
	return nil
}

// check stops the template if the budget is over. A panic is what text/template makes an error of, whatever a function
// can return.
func (b *budget) check() {
	if b.over.Load() == nil {
		switch {
		case time.Now().After(b.end):
			b.over.Store(tooLong(b.limit))
		case b.used() > b.heap+maxMemory:
			runtime.GC()
			if b.used() > b.heap+maxMemory {
				b.over.Store(&costly{fmt.Sprintf("rendering the chart takes more than %d MiB", maxMemory>>20)})
			}
		}
	}
	if c := b.over.Load(); c != nil {
		panic(c)
	}
}

// Functions that are not taken from Sprig: Helm leaves them out or has its own.
var helms = []string{"env", "expandenv", "getHostByName", "fail", "toJson", "mustToJson", "fromJson", "fromJsonArray"}

// counting functions make as many values as a number says; walking ones go through all of a value.
var (
	counting = set("until", "untilStep", "seq", "repeat", "indent", "nindent", "randBytes", "randAlphaNum", "randAlpha", "randNumeric", "randAscii")
	walking  = set("print", "printf", "println", "toString", "toStrings", "cat", "quote", "squote", "join", "deepCopy", "mustDeepCopy",
		"deepEqual", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite", "set")
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}

// functions are Sprig's and the printing ones, each of which asks the budget, and tick.
func (b *budget) functions() template.FuncMap {
	if b.table != nil {
		return b.table
	}
	all := sprig.TxtFuncMap()
	for _, name := range helms {
		delete(all, name)
	}
	all["print"], all["printf"], all["println"] = fmt.Sprint, fmt.Sprintf, fmt.Sprintln
	b.table = template.FuncMap{
		tick: func() string { b.check(); return "" },
		again: func(v any) any {
			if text, ok := v.(string); ok {
				return meter("", text)
			}
			return v
		},
	}
	for name, f := range all {
		b.table[name] = b.metered(name, reflect.ValueOf(f))
	}
	return b.table
}

// metered is a function with the same type that asks before it is called and after.
func (b *budget) metered(name string, f reflect.Value) any {
	return reflect.MakeFunc(f.Type(), func(args []reflect.Value) []reflect.Value {
		b.check()
		if counting[name] {
			countable(name, args)
		}
		if walking[name] {
			walkable(name, args)
		}
		var out []reflect.Value
		if f.Type().IsVariadic() {
			out = f.CallSlice(args)
		} else {
			out = f.Call(args)
		}
		if walking[name] {
			walkable(name, out)
		}
		if len(out) > 0 {
			if s, ok := out[0].Interface().(string); ok && len(s) > maxOutput {
				panic(&costly{fmt.Sprintf("%s makes more than %d MiB", name, maxOutput>>20)})
			}
		}
		return out
	}).Interface()
}

// countable refuses a number that is too large for what is made so often.
func countable(name string, args []reflect.Value) {
	size, most := 1, int64(0)
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			look(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case reflect.String:
			size = max(size, v.Len())
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			most = max(most, v.Int(), -v.Int())
		}
	}
	for _, a := range args {
		look(a)
	}
	room := int64(maxCount)
	if size > 1 {
		room = maxOutput / int64(size)
	}
	if most > room {
		panic(&costly{fmt.Sprintf("%s is asked for %d", name, most)})
	}
}

// walkable refuses a value that holds itself, or nearly: printing or copying it would never end, and cannot be stopped.
func walkable(name string, values []reflect.Value) {
	for _, v := range values {
		if deep(v, 0) {
			panic(&costly{name + " has to do with a value that holds itself"})
		}
	}
}

func deep(v reflect.Value, depth int) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return deep(v.Elem(), depth)
	case reflect.Map:
		if depth++; depth > maxDepth {
			return true
		}
		for it := v.MapRange(); it.Next(); {
			if deep(it.Value(), depth) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return false
		}
		if depth++; depth > maxDepth {
			return true
		}
		for i := range v.Len() {
			if deep(v.Index(i), depth) {
				return true
			}
		}
	}
	return false
}
