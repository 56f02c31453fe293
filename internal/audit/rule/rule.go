package rule

// Severity is how bad a finding is.
type Severity string

// Severities, the worst first.
const (
	Refused Severity = "refused" // a Kubernetes API server does not take it
	Broken  Severity = "broken"  // it is taken, and does not work
	Risk    Severity = "risk"    // it works until something happens
)

// Severities lists them, the worst first.
var Severities = []Severity{Refused, Broken, Risk}

// AtLeast says that s is as bad as other, or worse.
func (s Severity) AtLeast(other Severity) bool {
	return order[s] <= order[other] && order[s] > 0 && order[other] > 0
}

var order = map[Severity]int{Refused: 1, Broken: 2, Risk: 3}

// Rule is one thing that the audit looks for.
type Rule struct {
	ID       string // service-selects-nothing
	Severity Severity
	Title    string   // what it finds, in one line
	Why      string   // why it matters
	Advice   string   // what to do
	Compose  string   // the same in Compose's terms, where they differ
	Sources  []string // API reference, KEP, CVE, a vendor's page
	Fixes    bool     // --fix mends it, at least in some cases
	// Check reports what it finds. It is nil for what a reader finds (objects.Problem).
	Check func(*Pass)
}
