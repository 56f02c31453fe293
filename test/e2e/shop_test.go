package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shop is a copy of examples/shop that a test may change, and a visitor who may have logged in.
type shop struct {
	*target
	dir    string
	cookie *http.Cookie
}

// newShop copies the example, makes its secrets and brings its images to the target.
func newShop(t *testing.T, tg *target) *shop {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "shop"))); err != nil {
		t.Fatal(err)
	}
	for _, script := range []string{"secrets/make", "db/entrypoint.sh"} {
		if err := os.Chmod(filepath.Join(dir, script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(filepath.Join(dir, "secrets", "make")).CombinedOutput(); err != nil {
		t.Fatalf("secrets/make: %v\n%s", err, out)
	}
	s := &shop{target: tg, dir: dir}
	tg.Slipway(t, "image", "import", "--entrypoint", "entrypoint.sh", "--user", "999:999", os.Getenv("SLIPWAY_SHOP_DB"), "shop/mariadb:10.11")
	tg.Ship(t, "shop/mariadb:10.11")
	return s
}

// file is where the shop is described.
func (s *shop) file() string { return filepath.Join(s.dir, "compose.yaml") }

// up builds and delivers the shop as its file describes it now.
func (s *shop) up(t *testing.T) string {
	t.Helper()
	s.build(t)
	return s.Slipway(t, "up", "-f", s.file())
}

// build brings new images to a target that does not share this machine's.
func (s *shop) build(t *testing.T) {
	t.Helper()
	if s.Root != "" {
		return
	}
	s.Slipway(t, "image", "build", "-f", s.file())
	for _, line := range strings.Split(s.read(t, "compose.yaml"), "\n") {
		if ref, ok := strings.CutPrefix(strings.TrimSpace(line), "image: "); ok && !strings.Contains(ref, "mariadb") {
			s.Ship(t, ref)
		}
	}
}

func (s *shop) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit replaces text in one of the shop's files, as its owner would in an editor.
func (s *shop) edit(t *testing.T, name, old, text string) {
	t.Helper()
	before := s.read(t, name)
	if !strings.Contains(before, old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	s.write(t, name, strings.Replace(before, old, text, 1))
}

func (s *shop) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request to the API and decodes the answer into out; it returns the pod that answered.
func (s *shop) ask(t *testing.T, method, path string, body any, out any) (string, error) {
	t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case upload:
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		part, err := w.CreateFormFile("file", b.name)
		if err != nil {
			return "", err
		}
		_, _ = part.Write(b.content)
		_ = w.Close()
		reader, kind = &buf, w.FormDataContentType()
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return "", err
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url(t, "api", "/api/v1"+path), reader)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", kind)
	if s.cookie != nil {
		req.AddCookie(s.cookie)
	}
	res, err := plain.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode >= 300 {
		return "", fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	for _, c := range res.Cookies() {
		s.cookie = c
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = text
	} else if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			return "", fmt.Errorf("%s %s: %w: %s", method, path, err, text)
		}
	}
	return res.Header.Get("X-Pod"), nil
}

type upload struct {
	name    string
	content []byte
}

type item struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// use is what a visitor does first: log in, add an item, upload a file.
func (s *shop) use(t *testing.T) {
	t.Helper()
	password := strings.TrimSpace(s.read(t, "secrets/admin_password.txt"))
	eventually(t, "log in as the administrator", func() error {
		_, err := s.ask(t, "POST", "/login", map[string]string{"email": "admin@shop.example", "password": password}, nil)
		return err
	})
	if _, err := s.ask(t, "POST", "/items", item{Name: "a boat"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ask(t, "POST", "/files", upload{"plan.txt", []byte("keel first")}, nil); err != nil {
		t.Fatal(err)
	}
	s.stillThere(t)
}

// stillThere asks one replica for the session, the item and the file.
func (s *shop) stillThere(t *testing.T) {
	t.Helper()
	eventually(t, "the session, the item and the file are there", func() error { _, err := s.look(t); return err })
}

func (s *shop) look(t *testing.T) (string, error) {
	t.Helper()
	var items []item
	pod, err := s.ask(t, "GET", "/items", nil, &items)
	if err != nil {
		return "", err
	}
	if len(items) == 0 || items[len(items)-1].Name != "a boat" {
		return "", fmt.Errorf("items are %v", items)
	}
	var content []byte
	if _, err := s.ask(t, "GET", "/files/plan.txt", nil, &content); err != nil {
		return "", err
	}
	if string(content) != "keel first" {
		return "", fmt.Errorf("the file holds %q", content)
	}
	return pod, nil
}

// page fetches the front's page, which itself asks the API.
func (s *shop) page(t *testing.T) error {
	t.Helper()
	res, err := plain.Get(s.url(t, "web", "/"))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(text), "counted by") {
		return fmt.Errorf("page: %s: %s", res.Status, text)
	}
	return nil
}
