package edge

import "testing"

func FuzzConfigurationOfTraefik(f *testing.F) {
	f.Add("[acme]\nstorage = \"acme.json\"\n[entryPoints.http.redirect]\n", "")
	f.Add("certificatesResolvers:\n  le:\n    acme: {storage: /data/acme.json}\n", "--api.insecure=true")
	f.Add("api: {insecure: true}\nacme: [1, {storage: 3}]\n", "--acme.storage=x")
	f.Fuzz(func(_ *testing.T, text, arg string) {
		for _, ext := range []string{".toml", ".yaml"} {
			for _, c := range []configuration{{text: text, tree: parse(ext, text)}, {args: []string{arg}, text: arg}} {
				c.speaksFirst()
				c.storages()
			}
		}
		public(text)
	})
}
