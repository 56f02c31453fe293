package api

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	caLife     = 20 * 365 * 24 * time.Hour
	leafLife   = 10 * 365 * 24 * time.Hour
	renewAhead = 90 * 24 * time.Hour
)

var (
	serverNames     = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	serverAddresses = []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}
)

// pki is the authority of one engine, and the certificate of its API.
type pki struct {
	ca     *x509.Certificate
	caPEM  []byte
	caKey  crypto.Signer
	pool   *x509.CertPool
	server tls.Certificate
}

// openPKI reads the authority and the server's certificate, or makes them. A certificate that ends soon is made anew;
// an authority never is, since every kubeconfig depends on it.
func openPKI(dir string) (*pki, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &pki{pool: x509.NewCertPool()}
	pair, err := readPair(dir, "ca")
	if errors.Is(err, fs.ErrNotExist) {
		pair, err = p.makeCA(dir)
	}
	if err != nil {
		return nil, err
	}
	p.ca, p.caKey = pair.Leaf, pair.PrivateKey.(crypto.Signer)
	p.caPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.ca.Raw})
	p.pool.AddCert(p.ca)
	p.server, err = readPair(dir, "server")
	if err != nil || !p.servesStill(p.server.Leaf) {
		p.server, err = p.makeServer(dir)
	}
	return p, err
}

// servesStill tells whether a server certificate is ours, lasts and has every name.
func (p *pki) servesStill(c *x509.Certificate) bool {
	if c.CheckSignatureFrom(p.ca) != nil || time.Until(c.NotAfter) < renewAhead {
		return false
	}
	return !slices.ContainsFunc(serverNames, func(n string) bool { return c.VerifyHostname(n) != nil })
}

func (p *pki) makeCA(dir string) (tls.Certificate, error) {
	return p.make(dir, "ca", &x509.Certificate{
		Subject:               pkix.Name{CommonName: "slipway"},
		NotAfter:              time.Now().Add(caLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	})
}

func (p *pki) makeServer(dir string) (tls.Certificate, error) {
	return p.make(dir, "server", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "slipway"},
		NotAfter:    time.Now().Add(leafLife),
		DNSNames:    serverNames,
		IPAddresses: serverAddresses,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// make signs a certificate with the authority, or with its own key if there is none yet, and keeps both if dir is
// given. The key is written first: a certificate on disk always has its key.
func (p *pki) make(dir, name string, c *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return tls.Certificate{}, err
	}
	c.NotBefore = time.Now().Add(-time.Hour) // clocks are set back now and then
	parent, signer := c, crypto.Signer(key)
	if p.ca != nil {
		parent, signer = p.ca, p.caKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if dir != "" {
		if err := writeFile(filepath.Join(dir, name+".key"), keyPEM); err != nil {
			return tls.Certificate{}, err
		}
		if err := writeFile(filepath.Join(dir, name+".crt"), certPEM); err != nil {
			return tls.Certificate{}, err
		}
	}
	return parsePair(certPEM, keyPEM)
}

func readPair(dir, name string) (tls.Certificate, error) {
	cert, err := os.ReadFile(filepath.Join(dir, name+".crt"))
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := os.ReadFile(filepath.Join(dir, name+".key"))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s.crt is there, its key is not; put it back from a backup, or remove both to start anew (every copy of the kubeconfig then ends): %w", name, err)
	}
	pair, err := parsePair(cert, key)
	if err != nil {
		err = fmt.Errorf("%s: %w", filepath.Join(dir, name+".crt"), err)
	}
	return pair, err
}

func parsePair(cert, key []byte) (tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err == nil && pair.Leaf == nil {
		pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0])
	}
	return pair, err
}

// writeFile replaces a file as a whole, for its owner alone.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

func hasUsage(c *x509.Certificate, usage x509.ExtKeyUsage) bool {
	return slices.Contains(c.ExtKeyUsage, usage)
}
