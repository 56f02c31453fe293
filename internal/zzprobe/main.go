package main
import (
 _ "helm.sh/helm/v4/pkg/engine"
 _ "helm.sh/helm/v4/pkg/chart/v2/loader"
 _ "helm.sh/helm/v4/pkg/chart/common/util"
 _ "sigs.k8s.io/kustomize/api/krusty"
 _ "mvdan.cc/sh/v3/syntax"
 _ "github.com/hashicorp/hcl/v2/hclparse"
 _ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
_ "github.com/pelletier/go-toml/v2"
 _ "go.yaml.in/yaml/v4"
)
func main(){}
