package terraform

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/objects"
)

func FuzzNoTextPanicsOrHangs(f *testing.F) {
	for _, seed := range []string{
		"resource \"google_container_cluster\" \"a\" {\n  zone = \"${var.r}-b\"\n  ...\n}\n",
		"variable \"r\" {\n  type = \"string\"\n  default = “x”\n}\nlocals {\n  a = local.a\n}\n",
		"resource \"aws_security_group\" \"x\" {\n dynamic \"ingress\" {\n for_each = [22]\n content {\n from_port = ingress.value\n to_port = 22\n cidr_blocks = [\"0.0.0.0/0\"]\n}\n}\n}\n",
		"data \"x_y\" \"z\" {\n  a = { for k, v in x_y.z : k => \"${v}\" }\n  b = <<-EOT\n   ${file(\"a\")}\n  EOT\n}\n",
		"resource \"google_compute_disk\" \"d\" {\n  size = \"20\"\n  type = \"${var.t}\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		Read("main.tf", text)
		lines := 1
		for _, c := range text {
			if c == '\n' {
				lines++
			}
		}
		for _, p := range ReadAll(map[string][]byte{"a/main.tf": text, "a/terraform.tfvars": text}) {
			if p.Rule == "" || p.Text == "" || p.Origin.Line < 1 {
				t.Errorf("a problem without place or text: %+v", p)
			}
			for _, e := range p.Edits {
				if e.Op != objects.EditLines || e.First < 1 || e.Last < e.First || e.Last > lines {
					t.Errorf("an edit of lines that are not there: %+v", e)
				}
			}
		}
	})
}
