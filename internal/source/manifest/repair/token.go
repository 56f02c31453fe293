package repair

// kind of a token.
type kind uint8

const (
	indent      kind = iota // of a line of structure
	blank                   // between tokens, and after the last
	dash                    // of a list item
	sign                    // : , [ ] { }
	key                     // plain
	plain                   // value
	quoted                  // key or value, or a line of it
	curly                   // in typographic quotes
	comment                 //
	props                   // anchors and tags
	header                  // of a block scalar
	blockIndent             // of a line of a block scalar
	content                 // of a block scalar
	tag                     // of a template engine, in a plain text
	marker                  // --- or ...
)

// token is a piece of a line. The tokens of a line cover it.
type token struct {
	kind     kind
	from, to int
}

// form is what a line is.
type form uint8

const (
	structure form = iota
	empty
	commentLine
	blockLine
	tagLine // nothing but tags of a template engine
	within  // goes on with what an earlier line began
)

// scanned is what the scanner makes of a line.
type scanned struct {
	tokens  []token
	form    form
	content int      // column where the content of a block scalar begins
	col     int      // of the first character that is no blank
	key     string   // whose value the line has, or is in
	path    []string // of keys around; only where the line has tags
	inBlock bool     // a line of tags in the midst of a block scalar
	start   bool     // a value begins with a tag
}

// level is a mapping or a list that is open.
type level struct {
	indent int
	sort   levelSort
	key    string // the last one
	line   int    // of it
}

type levelSort uint8

const (
	mapping levelSort = iota
	list
	text // on lines of its own
)

// fault is something in the structure that is no YAML, or is and cannot have been meant.
type fault struct {
	sort       faultSort
	line       int // index
	at         int // in the line
	col        int // of the line
	below      int // indentation of the level that is open around the line
	above      int // of the one that the line ended; -1 if there was none
	char       byte
	plausible  bool // YAML all the same
	openedFlow int  // brackets that are open
}

type faultSort uint8

const (
	tabIndent  faultSort = iota
	misaligned           // between two levels
	deeper               // under a value that is complete
	outdented            // left of the first line
	lone                 // a text where a key must be
	mixed                // a key among items, or an item among keys
	twoColons            // in one line
	reservedStart
	trailing // behind a closing quote or bracket
	unclosedQuote
	unclosedFlow
	shallowBlock // a line of a block scalar left of its first
	stuckDash    // -name: x
	stuckColon   // name:x
	lastComma
	noComma // between two entries
	slashes // of a comment
	rule    // dashes that are no ---
)
