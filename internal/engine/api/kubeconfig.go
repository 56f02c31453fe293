package api

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net/url"
	"os"
	"time"

	clientcmd "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"
)

// ContextName is the name of the kubeconfig's context, cluster and user.
const ContextName = "slipway"

// kubeconfig writes the file that gives its reader full rights. The certificate of the one that is there is kept
// while it is good, so that copies of the file stay valid.
func (p *pki) kubeconfig(path, server string) error {
	cert, key := p.clientIn(path)
	if cert == nil {
		pair, err := p.make("", "", &x509.Certificate{
			Subject:     pkix.Name{CommonName: "slipway-admin", Organization: []string{"system:masters"}},
			NotAfter:    time.Now().Add(leafLife),
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
		if err != nil {
			return err
		}
		cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
		key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	data, err := yaml.Marshal(clientcmd.Config{
		Kind:           "Config",
		APIVersion:     "v1",
		Clusters:       []clientcmd.NamedCluster{{Name: ContextName, Cluster: clientcmd.Cluster{Server: server, CertificateAuthorityData: p.caPEM}}},
		AuthInfos:      []clientcmd.NamedAuthInfo{{Name: ContextName, AuthInfo: clientcmd.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}}},
		Contexts:       []clientcmd.NamedContext{{Name: ContextName, Context: clientcmd.Context{Cluster: ContextName, AuthInfo: ContextName}}},
		CurrentContext: ContextName,
	})
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// clientIn is the client certificate of a kubeconfig and its key, if they are good for this authority.
func (p *pki) clientIn(path string) (cert, key []byte) {
	config, err := readKubeconfig(path)
	if err != nil || len(config.AuthInfos) == 0 {
		return nil, nil
	}
	user := config.AuthInfos[0].AuthInfo
	pair, err := tls.X509KeyPair(user.ClientCertificateData, user.ClientKeyData)
	if err != nil {
		return nil, nil
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil || leaf.CheckSignatureFrom(p.ca) != nil || time.Until(leaf.NotAfter) < renewAhead {
		return nil, nil
	}
	return user.ClientCertificateData, user.ClientKeyData
}

// portIn is the port that a kubeconfig names, or "".
func portIn(path string) string {
	config, err := readKubeconfig(path)
	if err != nil || len(config.Clusters) == 0 {
		return ""
	}
	u, err := url.Parse(config.Clusters[0].Cluster.Server)
	if err != nil {
		return ""
	}
	return u.Port()
}

func readKubeconfig(path string) (*clientcmd.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := &clientcmd.Config{}
	return config, yaml.Unmarshal(data, config)
}
