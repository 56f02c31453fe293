package compose

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	words     = regexp.MustCompile(`[A-Z]+[a-z0-9]*|[a-z0-9]+`)
	dsn       = regexp.MustCompile(`^[^\s:/@]+:[^\s@/]+@(?:tcp|unix)?\(`)      // user:password@tcp(host:3306)/db
	pairs     = regexp.MustCompile(`(?i)(?:^|[;\s])(?:password|pwd)\s*=\s*\S`) // Server=db;Password=x
	innocent  = []string{"", "true", "false", "yes", "no", "on", "off", "0", "1"}
	secretEnd = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "SECRETS", "CREDENTIAL", "CREDENTIALS", "PWD"}
	lastWord  = []string{"TOKEN", "TOKENS", "KEY", "KEYS", "PASS", "PW", "APIKEY", "PAT", "SALT"}
	notSecret = []string{"FILE", "PATH", "DIR", "NAME", "LENGTH", "TTL", "EXPIRY", "EXPIRES", "TIMEOUT", "ENABLED", "METHOD", "POLICY", "ALGORITHM", "HEADER", "PREFIX", "ISSUER", "AUDIENCE", "LIFETIME", "COUNT", "MIN", "MAX", "HOST", "PORT"}
)

// isCredential says whether an environment variable holds something that must not be read by everyone who may read a
// ConfigMap: by its name (DB_PASSWORD, apiKey, SECRET_KEY_BASE) or because its value is a URL or DSN with a password.
func isCredential(name, value string) bool {
	if slices.Contains(innocent, strings.ToLower(value)) {
		return false
	}
	return secretName(name) || passwordInside(value)
}

func secretName(name string) bool {
	parts := words.FindAllString(name, -1)
	if len(parts) == 0 {
		return false
	}
	for i := range parts {
		parts[i] = strings.ToUpper(parts[i])
	}
	last := parts[len(parts)-1]
	if slices.Contains(notSecret, last) || slices.Contains(parts, "PUBLIC") || len(parts) == 1 && last == "PWD" {
		return false
	}
	for _, p := range parts {
		for _, end := range secretEnd {
			if strings.HasSuffix(p, end) {
				return true
			}
		}
	}
	return slices.Contains(lastWord, last) || strings.HasSuffix(last, "TOKEN") || strings.HasSuffix(last, "APIKEY")
}

func passwordInside(value string) bool {
	if strings.Contains(value, "://") && strings.Contains(value, "@") {
		if u, err := url.Parse(value); err == nil && u.User != nil {
			p, set := u.User.Password()
			return set && p != ""
		}
	}
	return dsn.MatchString(value) || pairs.MatchString(value) || strings.Contains(value, "PRIVATE KEY-----")
}
