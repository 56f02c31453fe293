package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// mistake is one thing that is wrong with what a user types, and what the error says: first the object or the place,
// then the reason, then what to do.
type mistake struct {
	name    string
	old     string // in the Compose file
	text    string // instead
	says    []string
	flags   []string
	late    bool // found when it is tried: what was changed is put back
	machine bool // of this machine alone
	prepare func(*testing.T, *mistake)
}

const (
	version = `VERSION: "1"`
	line    = `\S*bad\.yaml:\d+: `
)

var mistakes = []mistake{
	{name: "a file that is not YAML", old: "services:", text: "services: [", says: []string{line, `not YAML`}},
	{name: "an unknown key", old: "    image: boat:1", text: "    image: boat:1\n    colour: green", says: []string{line, `services\.api\.colour: unknown key`}},
	{name: "a cycle of dependencies", old: "    image: boat:1", text: "    image: boat:1\n    depends_on: [api]", says: []string{line, `wait`, `remove`}},
	{
		name: "services that wait for each other", old: "  api:\n    image: boat:1", text: "  first: {image: \"boat:1\", depends_on: [api]}\n  api:\n    depends_on: [first]\n    image: boat:1",
		says: []string{line, `wait for each other: api -> first -> api|wait for each other: first -> api -> first`, `remove one of these dependencies`},
	},
	{name: "a missing image", old: "image: boat:1", text: "image: boat:none", late: true, says: []string{`deployment shop/api: `, `image "boat:none"`, `not found|cannot be pulled`, `slipway image build|slipway image load`}},
	{
		name: "a port taken by another program", machine: true, old: "    expose:", text: "    ports: [\"PORT:8080\"]\n    expose:",
		says: []string{`service shop/api: |` + line, `port \d+/tcp of this machine is taken by`, `choose another port`},
		prepare: func(t *testing.T, m *mistake) {
			l, err := net.Listen("tcp", ":0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			m.text = strings.Replace(m.text, "PORT", fmt.Sprint(l.Addr().(*net.TCPAddr).Port), 1)
		},
	},
	{
		name: "a volume used twice for writing", old: "  store:", text: "  db: {image: \"mysql:8\", volumes: [\"cargo:/var/lib/mysql\"]}\n  store:",
		says: []string{line, `used twice for writing`, `its own volume`},
	},
	{name: "a secret file that is missing", old: "services:\n  api:", text: "secrets: {key: {file: ./no-such-key}}\nservices:\n  api:\n    secrets: [key]", says: []string{line, `no-such-key is missing`, `create it`}},
	{
		name: "a container that exits at once", old: version, text: version + "\n      SINKS: \"yes\"", late: true,
		says: []string{`deployment shop/api: `, `container api exited with code 3`, `there is a hole in the hull`, `rolled back: `},
	},
	{
		name: "a health check that never passes", old: version, text: version + "\n      ADRIFT: \"yes\"", late: true, flags: []string{"--timeout", "8s"},
		says: []string{`deployment shop/api: `, `not ready after 8s`, `no land in sight`, `rolled back: `},
	},
	{
		name: "no root", machine: true, old: version, text: `VERSION: "2"`,
		says: []string{`the engine needs root`, `sudo slipway up`},
	},
}

// TestBadInput makes mistakes at an application that runs: each has one clear error, and changes nothing.
func TestBadInput(t *testing.T) {
	each(t, func(t *testing.T, tg *target) {
		b := newBoat(t, tg)
		for _, m := range mistakes {
			if m.machine && tg.Root == "" {
				continue
			}
			t.Run(m.name, func(t *testing.T) { b.survives(t, m) })
		}
	})
}

// survives makes a mistake in the application that runs, and in one of another name that does not.
func (b *boat) survives(t *testing.T, m mistake) {
	if m.prepare != nil {
		m.prepare(t, &m)
	}
	good := b.compose(t)
	if !strings.Contains(good, m.old) {
		t.Fatalf("compose.yaml does not contain %q", m.old)
	}
	file := b.write(t, "bad.yaml", strings.Replace(good, m.old, m.text, 1))
	var as func(*exec.Cmd)
	if m.name == "no root" {
		as = func(c *exec.Cmd) {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	}
	d := untouched
	if m.late {
		d = meant
	}
	before := b.rest(t, d)
	b.refused(t, m.says, as, append([]string{"up", "-f", file}, m.flags...)...)
	b.holds(t, before, d)
	if err := b.serves(t, "1"); err != nil {
		t.Errorf("the version before: %v", err)
	}
	says := make([]string, len(m.says))
	for i, s := range m.says {
		says[i] = strings.ReplaceAll(s, "shop/", "other/")
	}
	b.refused(t, says, as, append([]string{"up", "-p", "other", "-f", file}, m.flags...)...)
	b.holds(t, before, d)
}
