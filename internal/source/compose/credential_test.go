package compose

import "testing"

func TestCredentialsAreKnownByNameOrValue(t *testing.T) {
	for name, value := range map[string]string{
		"MYSQL_ROOT_PASSWORD": "admin", "RDS_PASSWORD": "app", "DBPASSWORD": "x", "dbPassword": "x", "API_KEY": "k", "apiKey": "k",
		"SECRET_KEY_BASE": "k", "AWS_SECRET_ACCESS_KEY": "k", "GITHUB_TOKEN": "t", "REDIS_PASS": "p", "APP_SECRET": "s",
		"DATABASE_URL": "postgres://u:p@db/x", "DSN": "app:pw@tcp(db:3306)/shop", "CONNECTION": "Server=db;Password=x;",
		"BROKER": "amqp://guest:guest@mq:5672", "CERT": "-----BEGIN PRIVATE KEY-----",
	} {
		if !isCredential(name, value) {
			t.Errorf("%s=%s is readable by everyone who may read a ConfigMap", name, value)
		}
	}
	for name, value := range map[string]string{
		"MYSQL_DATABASE": "app", "PASSWORD_FILE": "/run/secrets/x", "DB_PASSWORD_FILE": "/x", "MYSQL_ALLOW_EMPTY_PASSWORD": "yes",
		"KEYCLOAK_URL": "http://kc", "PASSWORD_MIN_LENGTH": "8", "TOKEN_TTL": "1h", "PUBLIC_KEY": "k", "URL": "http://db:80/x",
		"PWD": "/srv", "SECRET_NAME": "x", "MONKEY": "x", "COMPASS": "north", "URL_USER": "http://user@db", "EMPTY_PASSWORD": "", "PASS_THROUGH": "on",
	} {
		if isCredential(name, value) {
			t.Errorf("%s=%s is hidden in a Secret", name, value)
		}
	}
}

func TestCommandsReachTheContainerAsComposeHasThem(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "$HOME": "$HOME", "${HOME}": "${HOME}", "$(date)": "$$(date)", "$$": "$$$$", "a$": "a$", "$$$(x)": "$$$$$$(x)",
	} {
		if got := escape(in); got != want || expand(got) != in {
			t.Errorf("%q is written %q (want %q) and arrives as %q", in, got, want, expand(got))
		}
	}
}

// expand does to a string what Kubernetes does where no variable is known.
func expand(s string) string {
	out := ""
	for i := 0; i < len(s); i++ {
		if s[i] == '$' && i+1 < len(s) && s[i+1] == '$' {
			i++
		}
		out += string(s[i])
	}
	return out
}

func TestChecksThatTheNodeCanMakeAreHTTPProbes(t *testing.T) {
	all := func(int32) bool { return true }
	for _, check := range [][]string{
		{"CMD", "curl", "-f", "http://localhost:8080/health"},
		{"CMD", "curl", "-fsSL", "-o", "/dev/null", "http://127.0.0.1/"},
		{"CMD", "/usr/bin/curl", "--fail", "--max-time", "3", "http://localhost"},
		{"CMD-SHELL", "curl --silent --fail localhost:8080/x?a=b || exit 1"},
		{"CMD-SHELL", "wget -qO- http://localhost:3000/ > /dev/null 2>&1 || exit 1"},
		{"CMD-SHELL", "wget --no-verbose --tries=1 --spider http://localhost/ || exit 1"},
		{"CMD", "curl", "-kf", "https://localhost/"},
	} {
		if httpCheck(check, all) == nil {
			t.Errorf("%q stays a command", check)
		}
	}
	for _, check := range [][]string{
		{"CMD", "curl", "http://localhost/"},                            // content with any answer
		{"CMD", "curl", "-f", "http://db/"},                             // another container
		{"CMD", "curl", "-f", "https://localhost/"},                     // looks at the certificate
		{"CMD", "curl", "-f", "-X", "POST", "http://localhost/"},        // another method
		{"CMD", "curl", "-f", "-H", "Host: x", "http://localhost/"},     // another request
		{"CMD", "curl", "-f", "http://localhost/", "http://localhost/"}, // two
		{"CMD-SHELL", "curl -f http://localhost/ | grep ok"},
		{"CMD-SHELL", "curl -f http://localhost/$PORT"},
		{"CMD-SHELL", "curl -f http://localhost/ || restart"},
		{"CMD", "mysqladmin", "ping"},
	} {
		if get := httpCheck(check, all); get != nil {
			t.Errorf("%q becomes %v", check, get)
		}
	}
	if httpCheck([]string{"CMD", "curl", "-f", "http://localhost:9/"}, func(int32) bool { return false }) != nil {
		t.Error("a port that nobody declared is asked from outside")
	}
}
