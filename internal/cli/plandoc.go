package cli

import "github.com/slipway-sh/slipway/internal/deliver"

type planDoc struct {
	Type        string   `json:"type"`
	Application string   `json:"application"`
	Namespace   string   `json:"namespace"`
	Operations  []planOp `json:"operations"`
}

type planOp struct {
	Wave    int      `json:"wave,omitempty"` // from 1; none for what is deleted at the end
	Action  string   `json:"action"`
	Object  string   `json:"object"`
	Changes []string `json:"changes,omitempty"`
}

// planDocument is a plan for programs.
func planDocument(p *deliver.Plan) planDoc {
	doc := planDoc{Type: "plan", Application: p.App, Namespace: p.Namespace}
	for _, op := range p.Operations {
		doc.Operations = append(doc.Operations, planOp{op.Wave + 1, string(op.Action), op.Object.String(), op.Changes})
	}
	for _, op := range p.Prunes {
		doc.Operations = append(doc.Operations, planOp{0, string(op.Action), op.Object.String(), nil})
	}
	return doc
}
