package compose

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// found lists what auditing a file says: rule and path.
func found(t *testing.T, text string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	app, err := Audit(t.Context(), []string{file}, Options{Name: "shop", Env: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range app.Problems {
		if p.Origin.File == "" {
			t.Errorf("%s has no place", p.Text)
		}
		all = append(all, p.Rule+" "+p.Field)
	}
	slices.Sort(all)
	return all
}

func TestAProjectThatCannotBeCarriedIsLookedAtAllTheSame(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"refused", `
services:
  api:
    image: example.com/api:1
    restart: always
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
    environment:
      - API_URL="http://app-back:80"
      - SITE_URL=http://shop
  back:
    image: example.com/back:1
    restart: always
    expose: ["80"]
    labels: {traefik.frontend.rule: "Host:app-back"}
`, []string{"compose-refused services.api.volumes[0]", "host-without-service services.api.environment.API_URL", "quoted-value services.api.environment.API_URL"}},
		{"an unknown key", `
services:
  db:
    image: mysql:8.4
    restart: always
    memory: 1g
    volumes: ["/run/docker.sock:/run/docker.sock", "data:/var/lib/mysql"]
    environment: [MYSQL_ROOT_PASSWORD=abc]
    depends_on: [nothing]
volumes: {data: {}}
`, []string{"compose-plaintext-credential services.db.environment.MYSQL_ROOT_PASSWORD", "compose-refused services.db.memory", "compose-refused services.db.volumes[0]"}},
		{"a value of the wrong sort", `
version: "3"
services:
  db: [mysql]
`, []string{"compose-legacy version", "compose-refused services.db"}},
		{"one name for several", `
services:
  web:
    image: example.com/web:1
    restart: always
    container_name: web
    scale: 2
`, []string{"compose-refused services.web.container_name"}},
		{"the first form of the file", `
web:
  image: example.com/web:1
  links: [db]
`, []string{"compose-refused web"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, c.text); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestQuotesAreTakenFromALineOnlyIfItThenSaysTheRest(t *testing.T) {
	for entry, want := range map[string]string{
		`- URL="http://a/b" # why`: `      - URL=http://a/b # why`,
		`- 'URL="a: b"'`:           `      - 'URL=a: b'`,
		`"URL": "'a'"`:             `      "URL": "a"`,
		`- "URL=\"x\""`:            "", // written in another way than it reads
		`URL: '"x y"'`:             `      URL: 'x y'`,
		`- DB_PASSWORD="x y z"`:    "", // what was made with it may have it
	} {
		file := filepath.Join(t.TempDir(), "compose.yaml")
		if err := os.WriteFile(file, []byte("services:\n  a:\n    image: x:1\n    environment:\n      "+entry+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		app, err := Audit(t.Context(), []string{file}, Options{Name: "shop", Env: map[string]string{}})
		if err != nil {
			t.Fatal(err)
		}
		got, said := "", false
		for _, p := range app.Problems {
			if p.Rule == "quoted-value" {
				said = true
				for _, e := range p.Edits {
					got = e.Value.(string)
					if e.File != p.Origin.File {
						t.Errorf("%s is edited, found in %s", e.File, p.Origin.File)
					}
					if _, err := os.Stat(e.File); err != nil { // from where we are, not from the project
						t.Error(err)
					}
				}
			}
		}
		if got != want || !said {
			t.Errorf("%s becomes %q, want %q (said: %t)", entry, got, want, said)
		}
	}
}
