package security

import (
	"strings"
	"testing"
)

func TestNamesSayWhatTheirValuesAre(t *testing.T) {
	for name, want := range map[string]sort{
		"DB_PASSWORD": password, "PGPASSWORD": password, "dbPassword": password, "spring.datasource.password": password, "ROOT_PASS": password,
		"MYSQL_PWD": password, "PWD": plain, "BYPASS": plain, "PASSWORD_FILE": plain, "PASSWORD_MIN_LENGTH": plain, "COMPASS": plain,
		"API_KEY": token, "apiKey": token, "SECRET_KEY_BASE": token, "client-secret": token, "GITHUB_TOKEN": token, "SORT_KEY": plain,
		"PUBLIC_KEY": plain, "JWT_PUBLIC_KEY": plain, "TOKEN_TTL": plain, "SECRET_NAME": plain, "AWS_ACCESS_KEY_ID": plain, "MONKEY": plain,
		"PASSWORD2": password, "": plain, "_": plain, "123": plain,
	} {
		if got := sortOf(name); got != want {
			t.Errorf("%s is of sort %d, want %d", name, got, want)
		}
	}
}

func TestValuesThatAreElsewhereAreNoCredentials(t *testing.T) {
	for value, want := range map[string]bool{
		"": true, "true": true, "${PASSWORD}": true, "$(PASSWORD)": true, "$PASSWORD": true, "/run/secrets/x": true, "./key.pem": true,
		"{{ .Values.x }}": true, "<password>": true, "********": true, "xxxx": true, "vault:secret/db#password": true, "https://id/token": true,
		"ENC[AES256_GCM,data:x]": true, "$2y$10$abcdefghijklmnopqrstuv": true, "arn:aws:secretsmanager:eu:1:x": true, "changeme": false, "hunter2": false,
		"$ecret!": false, "pa/ss": false, "https://u:p@host/": false, "your-token-here": true,
	} {
		if got := harmless(value); got != want {
			t.Errorf("%q is harmless: %t, want %t", value, got, want)
		}
	}
}

func TestCommandLinesAreReadWordByWord(t *testing.T) {
	for line, want := range map[string]string{
		"server --password=Xk29sk": "--password", "server --password Xk29sk": "--password", "server --password-file=/x": "", "server --password --verbose": "",
		"mysqladmin ping -pfoo": "-p of mysqladmin", "mysql -p$MYSQL_PASSWORD": "", "mkdir -pv /data": "", "redis-server --requirepass foo": "--requirepass",
		"PGPASSWORD=foo pg_dump": "PGPASSWORD", "curl https://u:p4ss@host/": "a connection string of its command line", "ssh -p 22": "", "nc -p80": "",
		"api --token-ttl=15m --secret=db": "", "api --api-key=9f8e7d6c5b4a39281706": "--api-key",
	} {
		l := &leaks{}
		l.commandLine("x", []string{"sh", "-c", line})
		if got := strings.Join(l.names, " "); got != want {
			t.Errorf("%s: found %q, want %q", line, got, want)
		}
	}
}

func TestConfigurationFilesAreReadLineByLine(t *testing.T) {
	for line, want := range map[string]string{
		"password: hunter2": "password in f", `"password": "hunter2",`: "password in f", "password = hunter2": "password in f", "db.password=x": "db.password in f",
		"password=$1": "", "password = get_password()": "", "password: string": "", "# password=x": "", "secretName: db": "", "secret: db": "", "requirepass foo": "requirepass in f",
		"CREATE USER x IDENTIFIED BY 'foo';": "a password of SQL in f", "<password>foo</password>": "password in f", "url: https://u:pw@host": "url in f",
		"client_secret: 3f9ac21b77d0e4f1a2": "client_secret in f", "auth_type: password": "", "password: ${PW}": "",
	} {
		l := &leaks{}
		l.text("x", "f", line+"\n")
		if got := strings.Join(l.names, " "); got != want {
			t.Errorf("%s: found %q, want %q", line, got, want)
		}
	}
}

// Whatever stands in a ConfigMap or a command is foreign input; no message may have a value in it.
func FuzzLeaks(f *testing.F) {
	for _, s := range []string{"password: x", "mysql -px", `{"a":"b"}`, "postgres://u:p@h/d", "u:p@tcp(h)/d", "--password", "<a>b</a>", "export X=\"", "-----BEGIN PRIVATE KEY-----"} {
		f.Add("NAME_PASSWORD", s)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		l := &leaks{}
		l.user(name, text)
		l.variable("f", name, text)
		l.text("f", "file", text)
		l.commandLine("f", []string{name, text})
		if len(l.names) != len(l.fields) {
			t.Fatal("names and fields differ")
		}
		l.list()
	})
}
