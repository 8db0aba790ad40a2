package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// patience is how long an address may take to answer.
const patience = 15 * time.Second

// answer is what came of calling an address.
type answer struct {
	status int
	server string              // that says of itself what it is
	chain  []*x509.Certificate // its certificate first; empty without TLS, and when nobody was reached
	forced bool                // the load balancer was called at its own name
	err    error
}

// call calls an address once, at another host's address if at is not "". It follows nobody elsewhere, and takes any
// certificate, for the judge to look at.
func call(ctx context.Context, address, at string) answer {
	var got answer
	dial := (&net.Dialer{}).DialContext
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, kind, where string) (net.Conn, error) {
			if _, port, err := net.SplitHostPort(where); err == nil && at != "" {
				where = net.JoinHostPort(at, port)
			}
			return dial(ctx, kind, where)
		},
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // judged afterwards, by what the stack made
			VerifyConnection: func(state tls.ConnectionState) error {
				got.chain = state.PeerCertificates
				return nil
			},
		},
	}
	client := http.Client{
		Timeout: patience, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		got.err = err
		return got
	}
	request.Header.Set("User-Agent", "torii-check")
	response, err := client.Do(request)
	if err != nil {
		got.err = err
		return got
	}
	defer response.Body.Close()
	// Whoever is cut off in the middle of a page would note an error.
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil && !errors.Is(err, io.EOF) {
		got.err = err
	}
	got.status, got.server = response.StatusCode, response.Header.Get("Server")
	return got
}
