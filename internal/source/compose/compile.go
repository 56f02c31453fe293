package compose

import (
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// compiler turns one project into objects. Its steps, in compile, are in the order in which one needs the other.
type compiler struct {
	*reader
	project *types.Project
	app     *objects.Application
	units   []*unit // enabled services and jobs by name, without recognised proxies
	byName  map[string]*unit
	proxies []*unit         // those that were left out
	written map[string]bool // ConfigMaps and Secrets of environments
}

func compile(r *reader, p *types.Project) (*objects.Application, error) {
	return run(r, p).result()
}

// run takes all steps, also after one has refused something, so that all reasons are told at once.
func run(r *reader, p *types.Project) *compiler {
	c := &compiler{reader: r, project: p, byName: map[string]*unit{}, written: map[string]bool{}}
	c.app = &objects.Application{Name: p.Name}
	for _, step := range []func(){
		c.nameProject, c.collect, c.readExtensions, c.findProxies, c.readRoutes, c.joinPods, c.inheritVolumes, c.classify,
		c.collectPorts, c.routePorts, c.checkVolumes, c.checkPublished,
		c.addNamespace, c.addConfigs, c.addSecrets, c.addSharedClaims, c.addWorkloads, c.addServices, c.addPolicies,
		c.addRoutes, c.addBuilds, c.addOrder, c.checkClashes,
	} {
		step()
	}
	return c
}

func (c *compiler) result() (*objects.Application, error) {
	if len(c.problems) > 0 {
		return nil, join(c.problems)
	}
	c.app.Notes = c.sortedNotes()
	c.app.Sort()
	return c.app, nil
}

// unit is one service or job of the project.
type unit struct {
	name     string   // in the project
	id       string   // of its objects
	base     []string // where it was written: services, api
	svc      types.ServiceConfig
	triggers *types.TriggerConfig // of a Compose job
	ext      extension
	mounts   []mount
	ports    []port
	routes   []route
	known    *knownImage

	pod      *unit   // whose pod the container is in: itself, or that of network_mode: service:X
	sidecars []*unit // in its pod, by name

	kind     string // of its workload
	inferred bool   // a Job although nobody said so
	object   *objects.Object
}

func (u *unit) path(more ...string) []string {
	return append(slices.Clone(u.base), more...)
}

// all are the containers of the pod: the unit's own first.
func (u *unit) all() []*unit { return append([]*unit{u}, u.sidecars...) }

func (u *unit) replicas() int32 {
	if u.svc.Deploy != nil && u.svc.Deploy.Mode == "global" {
		return 1
	}
	return int32(min(u.svc.GetScale(), 1<<20)) //nolint:gosec // bounded in the same expression
}

// most is how many of the pods there may be at once, for what must be safe with two.
func (u *unit) most() int32 {
	if u.ext.Autoscale != nil {
		return max(u.ext.Autoscale.Max, u.replicas())
	}
	return u.replicas()
}

func (u *unit) runsOnce() bool { return u.kind == "Job" || u.kind == "CronJob" }

// collect makes a unit of every enabled service and job.
func (c *compiler) collect() {
	add := func(u *unit) {
		u.pod, u.known = u, imageKnown(u.svc.Image)
		for i, v := range u.svc.Volumes {
			u.mounts = append(u.mounts, mount{v, c.itemPath(u.path("volumes"), i, func(n *position.Node) bool { return mountsAt(n, v.Target) })})
		}
		c.units = append(c.units, u)
		c.byName[u.name] = u
	}
	for _, name := range slices.Sorted(maps.Keys(c.project.Services)) {
		add(&unit{name: name, base: []string{"services", name}, svc: c.project.Services[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(c.project.Jobs)) {
		j := c.project.Jobs[name]
		svc, err := c.jobService(name, j)
		if err != nil {
			c.problems = append(c.problems, c.place(err.Error()))
			continue
		}
		triggers := j.Triggers
		if triggers == nil {
			triggers = &types.TriggerConfig{}
		}
		add(&unit{name: name, base: []string{"jobs", name}, svc: svc, triggers: triggers})
	}
	c.nameUnits()
}

// jobService gives a Compose job the form of a service, with its environment and labels read from files.
func (c *compiler) jobService(name string, j types.JobConfig) (types.ServiceConfig, error) {
	svc := types.ServiceConfig{Name: name, ContainerSpec: j.ContainerSpec, WorkloadSpec: j.WorkloadSpec, Extensions: j.Extensions}
	p := &types.Project{Services: types.Services{name: svc}, Environment: c.project.Environment}
	p, err := p.WithServicesEnvironmentResolved(false)
	if err != nil {
		return svc, err
	}
	p, err = p.WithServicesLabelsResolved(false)
	if err != nil {
		return svc, err
	}
	return p.Services[name], nil
}

// itemPath finds the path of one entry of a list: by what it says, because merging files may have moved it.
func (c *compiler) itemPath(list []string, i int, is func(*position.Node) bool) []string {
	n := c.places.Root.Find(list...)
	if n != nil {
		for j, it := range n.Items {
			if is(it) {
				i = j
			}
		}
	}
	return append(slices.Clone(list), indexStep(i))
}

// add puts an object into the application, in its namespace and with its labels.
func (c *compiler) add(obj runtime.Object, service string, path ...string) *objects.Object {
	o := objects.New(obj, c.origin(path...))
	m := o.Meta()
	if o.Kind() != "Namespace" {
		m.SetNamespace(c.app.Namespace)
	}
	labels := m.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, c.labels(service))
	m.SetLabels(labels)
	c.app.Add(o)
	return o
}

func (c *compiler) labels(service string) map[string]string {
	return map[string]string{
		objects.LabelName:      service,
		objects.LabelPartOf:    c.app.Namespace,
		objects.LabelManagedBy: objects.Manager,
	}
}

// selector chooses the pods of one unit.
func (c *compiler) selector(u *unit) map[string]string {
	return map[string]string{objects.LabelName: u.id, objects.LabelPartOf: c.app.Namespace}
}

func (c *compiler) addNamespace() {
	c.add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.app.Namespace}}, c.app.Namespace, "name")
}
