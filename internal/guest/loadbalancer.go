//go:build linux

package guest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// idleTimeout is how long the load balancer keeps a silent connection, on both sides.
const idleTimeout = time.Hour

// LoadBalancer is an HTTPS listener that does to requests what an Application Load
// Balancer does to them.
type LoadBalancer struct {
	Host        string // the name its certificate is for
	Address     string // where it listens, on 127.0.0.1
	Certificate string // in PEM, for a machine to trust
	Pin         string // SHA-256 of the certificate's public key, in base64, for a browser to trust

	target atomic.Pointer[url.URL]
	roots  *x509.CertPool
}

// NewLoadBalancer listens with a certificate of its own making for a host name until the
// context ends. Requests get 503 until it has a target.
func NewLoadBalancer(ctx context.Context, host string) (*LoadBalancer, error) {
	certificate, err := selfSigned(host)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of %s: %w", host, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the load balancer: %w", err)
	}
	pin := sha256.Sum256(certificate.Leaf.RawSubjectPublicKeyInfo)
	b := &LoadBalancer{Host: host, Address: listener.Addr().String(), Pin: base64.StdEncoding.EncodeToString(pin[:])}
	b.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Leaf.Raw}))
	b.roots = x509.NewCertPool()
	b.roots.AddCert(certificate.Leaf)
	proxy := &httputil.ReverseProxy{
		Rewrite: b.rewrite,
		Transport: &http.Transport{
			IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: 100, DisableCompression: true,
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if b.target.Load() == nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			proxy.ServeHTTP(w, r)
		}),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: time.Minute,
		IdleTimeout:       idleTimeout,
		ErrorLog:          log.New(io.Discard, "", 0), // a browser that closes a connection is no news
	}
	go server.ServeTLS(listener, "", "")              //nolint:errcheck // it ends by being closed
	context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // nobody is left to tell
	return b, nil
}

// SetTarget sends requests to another address from now on, host and port.
func (b *LoadBalancer) SetTarget(address string) {
	b.target.Store(&url.URL{Scheme: "http", Host: address})
}

// Client asks the load balancer whatever the host in an address, trusts its certificate
// only, and follows no redirects.
func (b *LoadBalancer) Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, b.Address)
			},
			TLSClientConfig: &tls.Config{RootCAs: b.roots, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
}

// rewrite does to a request what the load balancer does: the host stays, and three headers
// say where the request came from.
func (b *LoadBalancer) rewrite(r *httputil.ProxyRequest) {
	target := b.target.Load()
	r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
	r.Out.Host = r.In.Host
	client, _, err := net.SplitHostPort(r.In.RemoteAddr)
	if err != nil {
		client = r.In.RemoteAddr
	}
	if before := r.In.Header.Get("X-Forwarded-For"); before != "" {
		client = before + ", " + client
	}
	r.Out.Header.Set("X-Forwarded-For", client)
	r.Out.Header.Set("X-Forwarded-Proto", "https")
	r.Out.Header.Set("X-Forwarded-Port", "443")
}

// selfSigned makes a certificate that is good for a day.
func selfSigned(host string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
