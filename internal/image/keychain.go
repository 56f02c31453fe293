package image

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// KeychainFrom makes a keychain of imagePullSecrets: the values of .dockerconfigjson or, older, .dockercfg. Hosts may
// be globs and may have paths, as Kubernetes has it:
// https://kubernetes.io/docs/concepts/containers/images/#config-json
// Where no secret fits, the credentials of "docker login" are tried.
func KeychainFrom(secrets [][]byte) (authn.Keychain, error) {
	var s secretKeychain
	for i, b := range secrets {
		var modern struct {
			Auths map[string]credentials `json:"auths"`
		}
		if err := json.Unmarshal(b, &modern); err != nil {
			return nil, fmt.Errorf("image pull secret %d: %w", i+1, noContent(err))
		}
		if modern.Auths == nil {
			if err := json.Unmarshal(b, &modern.Auths); err != nil {
				return nil, fmt.Errorf("image pull secret %d: %w", i+1, noContent(err))
			}
		}
		for host, c := range modern.Auths {
			config, err := c.config()
			if err != nil {
				return nil, fmt.Errorf("image pull secret %d: %s: %w", i+1, host, err)
			}
			s = append(s, entryFor(host, config))
		}
	}
	sort.SliceStable(s, func(i, j int) bool { return len(s[i].host+s[i].path) > len(s[j].host+s[j].path) }) // the closest first
	return authn.NewMultiKeychain(s, authn.DefaultKeychain), nil
}

// noContent keeps what a secret holds out of the error.
func noContent(error) error { return errors.New("it is not a docker configuration in JSON") }

type credentials struct {
	Username      string `json:"username"`
	Password      string `json:"password"`
	Auth          string `json:"auth"`
	IdentityToken string `json:"identitytoken"`
	RegistryToken string `json:"registrytoken"`
}

func (c credentials) config() (authn.AuthConfig, error) {
	out := authn.AuthConfig{Username: c.Username, Password: c.Password, IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken}
	if c.Auth == "" {
		return out, nil
	}
	b, err := base64.StdEncoding.DecodeString(c.Auth)
	if err != nil {
		if b, err = base64.RawStdEncoding.DecodeString(c.Auth); err != nil {
			return out, errors.New("auth is not in base64")
		}
	}
	user, password, ok := strings.Cut(strings.TrimRight(string(b), "\x00"), ":")
	if !ok {
		return out, errors.New("auth is not user:password in base64")
	}
	out.Username, out.Password = user, password
	return out, nil
}

type secretEntry struct {
	host, path string
	config     authn.AuthConfig
}

func entryFor(host string, c authn.AuthConfig) secretEntry {
	host = strings.TrimPrefix(strings.TrimPrefix(host, "https://"), "http://")
	host, p, _ := strings.Cut(strings.TrimRight(host, "/"), "/")
	if host == "docker.io" || host == "registry-1.docker.io" {
		host = "index.docker.io" // what the library calls it
	}
	if p == "v1" || p == "v2" {
		p = ""
	}
	return secretEntry{host, p, c}
}

type secretKeychain []secretEntry

// Resolve finds the credentials for a registry or repository.
func (s secretKeychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	repo := strings.TrimPrefix(strings.TrimPrefix(r.String(), r.RegistryStr()), "/")
	for _, e := range s {
		if hostFits(e.host, r.RegistryStr()) && (e.path == "" || repo == e.path || strings.HasPrefix(repo, e.path+"/")) {
			return authn.FromConfig(e.config), nil
		}
	}
	return authn.Anonymous, nil
}

// hostFits matches label by label, so that *.example.com does not fit a.b.example.com.
func hostFits(pattern, host string) bool {
	a, b := strings.Split(pattern, "."), strings.Split(host, ".")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if ok, err := path.Match(a[i], b[i]); err != nil || !ok {
			return false
		}
	}
	return true
}
