package script

import "testing"

func FuzzNoTextPanicsOrHangs(f *testing.F) {
	for _, seed := range []string{
		"$ kubectl create secret generic db --from-literal=password=x \\\n  -n shop\nsecret/db created\n",
		"#!/bin/sh\nfor n in a b; do kubectl create ns \"$n\"; kubectl label ns $n a=b; done\n",
		"cat <<EOF | kubectl apply -f -\nkind: Secret\nmetadata: {name: ${NAME:-x}}\nEOF\n",
		"echo \"x\" > password.txt && kubectl.exe create secret generic s --from-file=.\\password.txt\n",
		"helm install a b/cert-manager -n c --create-namespace --set x.password=y\n",
		"kubectl create role r --verb=get --resource=pods,deployments.apps; kubectl expose deploy x --port 80\n",
		"docker-compose up -d --scale a=2\nkubectl create ns <name>\nl'article dit `kubectl create ns x`\n",
		"kubectl create cm c --from-file=. --from-env-file=x --dry-run=client -o yaml > d/c.yaml; kubectl apply -f d/\n",
		"echo \"\">00000000&0\x8a0",
	} {
		f.Add("run.sh", []byte(seed))
		f.Add("article.txt", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, file string, text []byte) {
		if file != "run.sh" {
			file = "article.txt"
		}
		r := Read(file, text)
		for _, o := range r.Objects {
			if o.Name() == "" || !known(o.Name()) || !known(o.Namespace()) || o.Origin.Line < 1 {
				t.Errorf("an object without name or place: %s at %s", o, o.Origin)
			}
		}
		for _, p := range r.Problems {
			if p.Rule == "" || p.Text == "" || p.Origin.Line < 1 {
				t.Errorf("a problem without place or text: %+v", p)
			}
		}
	})
}
