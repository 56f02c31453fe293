package upgrade

import (
	"fmt"
	"strconv"

	"github.com/slipway-sh/slipway/internal/objects"
)

var ingress = []step{defaultBackend, paths}

// defaultBackend gives the backend for everything else its new name and shape.
func defaultBackend(p *plan) {
	spec := p.spec()
	if spec.has("backend") && !spec.has("defaultBackend") {
		p.say("spec.backend is called defaultBackend now", spec.rename("backend", "defaultBackend"))
		p.backend(spec.child("backend"))
		return
	}
	p.backend(spec.child("defaultBackend"))
}

// backend moves serviceName and servicePort into service.
func (p *plan) backend(b place) {
	name, port := b.m["serviceName"], b.m["servicePort"]
	if name == nil && port == nil || b.has("service") {
		return
	}
	service := objects.Ordered{}
	var old []objects.Edit
	text := b.path("serviceName") + " is service.name now"
	if name != nil {
		service = append(service, objects.KeyValue{Key: "name", Value: written(name)})
		old = append(old, b.remove("serviceName"))
	}
	if port != nil {
		key, value := portOf(port)
		service = append(service, objects.KeyValue{Key: "port", Value: objects.Ordered{{Key: key, Value: value}}})
		old = append(old, b.remove("servicePort"))
		text += fmt.Sprintf(", and servicePort %v is service.port.%s", port, key)
	}
	p.say(text, append([]objects.Edit{b.set("service", service)}, old...)...)
}

// portOf tells a number from a name; digits in quotes can only have been meant as a number.
func portOf(port any) (key string, value any) {
	if n, ok := whole(port); ok {
		return "number", n
	}
	if s, ok := port.(string); ok {
		if n, err := strconv.ParseInt(s, 10, 32); err == nil {
			return "number", n
		}
	}
	return "name", written(port)
}
