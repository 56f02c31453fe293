package edit

import (
	"github.com/slipway-sh/slipway/internal/objects"
	"go.yaml.in/yaml/v4"
)

// together makes the edits at the head of a list in one go where none needs to see what another did, and returns the
// others. One parse then serves them all; what fails is left to be made one by one.
func (p *pass) together(jobs []*job) []*job {
	count := 0
	for count < len(jobs) && jobs[count].edit.Op == objects.EditSet && !jobs[count].endsInIndex() {
		count++
	}
	if count < 2 || !endsInBreak(p.text) { // what two put behind a last line without a break would run together
		return jobs
	}
	var splices []splice
	wanted := p.root.y
	for _, j := range jobs[:count] {
		value, err := literal(j.edit.Value)
		if err != nil {
			return jobs
		}
		n, left, err := p.find(j.steps)
		if err != nil || len(left) == 0 && decomposes(n.y, value) {
			return jobs
		}
		more, err := p.put(n, left, value)
		if err != nil {
			return jobs
		}
		if wanted, err = change(wanted, j.steps, value); err != nil {
			return jobs
		}
		splices = append(splices, more...)
	}
	err := p.prove(func(d *document) error { return d.commit(splices...) },
		func() (*yaml.Node, error) { return wanted, nil })
	if err != nil {
		return jobs
	}
	return jobs[count:]
}
