package objects

// Problem is something wrong that a reader saw in the text of a file, often before there was any object: a document
// that is not YAML, a field that no Kubernetes knows, a password in a script. Audit lists it beside its own findings.
type Problem struct {
	Rule   string // of audit's catalogue
	Origin Origin
	Object string // as errors name it, "deployment shop/api"; empty where no object could be made out
	Field  string // its path in the terms of the source; may be empty
	Text   string // what is wrong, in one sentence
	Advice string // what to do; empty: the rule's own advice
	Mended bool   // the objects read are as if it had been mended, so that they can be delivered
	Edits  []Edit // what mends it in the file; none if there is no one right answer
}
