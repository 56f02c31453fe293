package security

import (
	"regexp"
	"slices"
	"strings"
)

// What a name says of its value.
type sort int

const (
	plain    sort = iota
	password      // whatever the value is, it opens something
	token         // a secret, a token, a key: also the name of one, so that the value has a say
)

var (
	words     = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+|[0-9]+`)
	fillers   = []string{"BASE", "VALUE", "DEFAULT", "OLD", "NEW", "PLAIN", "PROD", "DEV", "TEST"} // SECRET_KEY_BASE
	passwords = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "PASSWORT"}
	passWords = []string{"PASS", "PWD", "PW"}
	tokens    = []string{"SECRET", "TOKEN", "APIKEY"}
	tokenWord = []string{"CREDENTIAL", "CREDENTIALS", "PAT", "SECRETS", "TOKENS"}
	// keys are what a key is called that opens something; a CACHE_KEY or SORT_KEY does not.
	keys = []string{"API", "SECRET", "ACCESS", "PRIVATE", "ENCRYPTION", "SIGNING", "MASTER", "LICENSE", "APP", "AUTH", "SHARED", "STORAGE", "ACCOUNT", "JWT", "HMAC", "SESSION", "COOKIE", "AES", "SSH", "SERVICE", "WRITE", "ADMIN"}
)

// sortOf tells by a name (DB_PASSWORD, apiKey, client-secret) what its value may be.
func sortOf(name string) sort {
	parts := words.FindAllString(name, -1)
	for i := range parts {
		parts[i] = strings.ToUpper(parts[i])
	}
	for len(parts) > 1 && (parts[len(parts)-1][0] <= '9' || slices.Contains(fillers, parts[len(parts)-1])) {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 || slices.Contains(parts, "PUBLIC") {
		return plain
	}
	last := parts[len(parts)-1]
	switch {
	case hasEnd(last, passwords), slices.Contains(passWords, last) && (len(parts) > 1 || last == "PASS"):
		return password
	case hasEnd(last, tokens), slices.Contains(tokenWord, last):
		return token
	case (last == "KEY" || last == "KEYS") && len(parts) > 1 && slices.Contains(keys, parts[len(parts)-2]):
		return token
	}
	return plain
}

func hasEnd(s string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(s, end) })
}

var (
	nothing = regexp.MustCompile(`(?i)^(?:true|false|yes|no|on|off|none|null|nil|enabled|disabled|optional|required||-|[*.x_-]{3,})$`)
	// elsewhere is a value that says where the credential is, or where it is to be put in.
	elsewhere = regexp.MustCompile(`(?i)\$[({]|\{\{|^\$[A-Z_]+$|^<[^>]*>$|%\(|^%[A-Za-z]|^(?:vault|ref\+\w+|arn|op|akv|gcp|file|env|secretref):|^projects/|^ENC\[|^@|^your[-_ ]|replace|placeholder|redacted|^\.{0,2}~?/[\w./@-]+$|^[a-z]+://[^@\s]*$|__\w+__`)
	hashed    = regexp.MustCompile(`^(?:\$(?:2[aby]|apr1|argon2\w*|[156y])\$|\{(?:SHA|SSHA|BCRYPT)\}|(?:pbkdf2|scrypt)[_:$])`)
	// issued are tokens whose makers gave them a form of their own, and private keys.
	issued = regexp.MustCompile(`\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20}|xox[baprs]-[\w-]{10,}|[sr]k_live_[A-Za-z0-9]{16,}|AIza[\w-]{35}|hvs\.[\w-]{20,})|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----`)
	inURL  = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://([^\s/:@'"<>]*):([^\s@/'"]+)@`)
	inDSN  = regexp.MustCompile(`(?:^|[\s"'=])([\w.-]+):([^\s@/:"']+)@(?:tcp|unix)?\(`)
	inPair = regexp.MustCompile(`(?i)(?:^|[;?&\s"'])(?:password|pwd)=([^;&\s"']+)`)
)

// harmless values are no credential whatever their name is.
func harmless(value string) bool {
	v := strings.TrimSpace(value)
	return nothing.MatchString(v) || elsewhere.MatchString(v) || hashed.MatchString(v)
}

// random says that a value was made, not chosen: letters and digits, long, of many kinds.
func random(v string) bool {
	if len(v) < 16 || strings.ContainsAny(v, " \t\n") {
		return false
	}
	seen := map[rune]bool{}
	var digit, letter bool
	for _, r := range v {
		seen[r] = true
		digit = digit || r >= '0' && r <= '9'
		letter = letter || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return digit && letter && len(seen) >= 8
}

// inside finds a credential in a value whose name says nothing: a connection string, a token of known form, a key.
// It returns the password, or the whole, for weak to judge.
func inside(value string) (user, secret string, found bool) {
	if len(value) < 4 {
		return "", "", false
	}
	for _, re := range []*regexp.Regexp{inURL, inDSN} {
		if !strings.Contains(value, "@") {
			break // which is most of what there is
		}
		for _, m := range re.FindAllStringSubmatch(value, 8) {
			if !harmless(m[2]) && !strings.HasPrefix(m[2], "$") {
				return m[1], m[2], true
			}
		}
	}
	if strings.Contains(value, ";") || strings.Contains(value, "?") || strings.HasPrefix(value, "jdbc:") {
		if m := inPair.FindStringSubmatch(value); m != nil && !harmless(m[1]) {
			return "", m[1], true
		}
	}
	if len(value) < 20 {
		return "", "", false
	}
	if m := issued.FindString(value); m != "" {
		return "", m, true
	}
	return "", "", false
}

var guessed = regexp.MustCompile(`(?i)^(?:(?:admin|root|toor|user|guest|test|demo|example|default|dev|pass|passwd|password|passw0rd|secret|changeme|change[-_]me|changeit|qwerty|azerty|letmein|welcome|postgres|mysql|mariadb|mongo|redis|rabbitmq|minio|minioadmin|grafana|supersecret|motdepasse|p4ssw0rd)[-_!]?\d{0,4}!?|\d{1,10})$`)

// weak says that nobody needs the file to know the credential.
func weak(secret string, users ...string) bool {
	s := strings.TrimSpace(secret)
	return s != "" && (len(s) < 8 || guessed.MatchString(s) || slices.ContainsFunc(users, func(u string) bool { return u != "" && strings.EqualFold(u, s) }))
}
