package check

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// signer is a certificate with its key.
type signer struct {
	leaf *x509.Certificate
	key  *ecdsa.PrivateKey
}

// made makes a certificate for a host, signed by another or by itself.
func made(t *testing.T, host string, ends time.Time, by *signer) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	number, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	wanted := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Unix(0, 0), NotAfter: ends, IsCA: by == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if by == nil {
		by = &signer{leaf: wanted, key: key}
	}
	signed, err := x509.CreateCertificate(rand.Reader, wanted, by.leaf, key.Public(), by.key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(signed)
	require.NoError(t, err)
	return &signer{leaf: leaf, key: key}
}

func pemOf(t *testing.T, s *signer) string {
	t.Helper()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.leaf.Raw}))
}

func TestJudgeAnswer(t *testing.T) {
	t.Parallel()
	year := time.Now().Add(365 * 24 * time.Hour)
	own, foreign := made(t, "gate.internal", year, nil), made(t, "elsewhere.example", year, nil)
	authority := made(t, "the authority", year, nil)
	soon := made(t, "www.example.jp", time.Now().UTC().Add(49*time.Hour), authority)
	machine, wrongHost := made(t, "www.example.jp", year, authority), made(t, "api.example.jp", year, authority)
	pool := x509.NewCertPool()
	pool.AddCert(authority.leaf)
	numbers := func(all ...*signer) serials {
		known := serials{}
		for _, each := range all {
			known[each.leaf.SerialNumber.Text(16)] = true
		}
		return known
	}
	shown := func(s *signer) []*x509.Certificate { return []*x509.Certificate{s.leaf} }
	nowhere := &url.Error{Op: "Get", URL: "x", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}}
	silent := &url.Error{Op: "Get", URL: "x", Err: timeout{}}
	refused := &url.Error{Op: "Get", URL: "x", Err: errors.New("connection refused")}
	judge := func(got answer, known about) Finding {
		return judgeAnswer("thing", "https://www.example.jp/", got, known)
	}
	run(t, []judged{
		{"an answer", judge(answer{status: 200, chain: shown(own)}, about{expected: numbers(own)}), OK,
			"https://www.example.jp/ answers 200", false},
		{"a sign-in", judge(answer{status: 302}, about{}), OK, "https://www.example.jp/ answers 302", false},
		{"the workload knows no such page", judge(answer{status: 404, server: "nginx"}, about{}), OK, "https://www.example.jp/ answers 404", false},
		{"the gate knows no such host", judge(answer{status: 404, server: byGate}, about{}), Failed,
			"https://www.example.jp/ answers 404: the gate leads this host nowhere", false},
		{"the web ACL refuses us", judge(answer{status: 403, server: byGate}, about{guarded: true}), Skipped,
			"https://www.example.jp/ answers 403: the web ACL refuses this machine, so that nothing is known of the workload", false},
		{"the workload refuses us", judge(answer{status: 403, server: "nginx"}, about{guarded: true}), OK,
			"https://www.example.jp/ answers 403", false},
		{"nobody healthy", judge(answer{status: 503, server: byGate}, about{}), Failed, "https://www.example.jp/ answers 503", true},
		{"at the load balancer", judge(answer{status: 200, forced: true}, about{}), OK,
			"https://www.example.jp/ answers 200 at the load balancer, as its host is in no DNS", false},
		{"a foreign certificate", judge(answer{status: 200, chain: shown(foreign)}, about{expected: numbers(own)}), Failed,
			"it answers with a certificate that is not the stack's: that of elsewhere.example, by elsewhere.example", false},
		{"a machine's own certificate", judge(answer{status: 200, chain: shown(machine)}, about{expected: serials{}, authority: pool}), OK,
			"https://www.example.jp/ answers 200", false},
		{"the stack's certificate for another host", judge(answer{status: 200, chain: shown(wrongHost)}, about{expected: numbers(wrongHost)}), Failed,
			"it answers with a certificate that is not the stack's: that of api.example.jp, by the authority, which is not for www.example.jp", false},
		{"a machine's own certificate is about to end", judge(answer{status: 200, chain: shown(soon)}, about{expected: serials{}, authority: pool, days: 30, now: soon.leaf.NotAfter.Add(-49 * time.Hour)}), Failed,
			"its machines' certificate: it ends on " + soon.leaf.NotAfter.Format(time.DateOnly) + ", in 2 days", false},
		{"a foreign certificate, when AWS did not say which is the stack's", judge(answer{status: 200, chain: shown(foreign)}, about{}), OK,
			"https://www.example.jp/ answers 200", false},
		{"a machine asks for a certificate", judge(answer{status: 400, chain: shown(machine)}, about{expected: serials{}, authority: pool}), OK,
			"https://www.example.jp/ answers 400, as it asks for a client certificate", false},
		{"the gate asks for a certificate", judge(answer{err: errors.New("EOF"), chain: shown(own)}, about{expected: numbers(own), asks: true}), OK,
			"https://www.example.jp/ lets nobody in without a client certificate", false},
		{"a bad request that asks for nothing", judge(answer{status: 400, chain: shown(own)}, about{expected: numbers(own), authority: pool}), OK,
			"https://www.example.jp/ answers 400", false},
		{"it breaks off", judge(answer{err: errors.New("EOF"), chain: shown(own)}, about{expected: numbers(own)}), Failed,
			"https://www.example.jp/ does not answer: EOF", true},
		{"in no DNS", judge(answer{err: nowhere}, about{}), Failed, "the name of https://www.example.jp/ leads nowhere", true},
		{"in no DNS, and the load balancer neither", judge(answer{err: nowhere, forced: true}, about{}), Failed,
			"https://www.example.jp/ does not answer: dial: lookup : no such host", true},
		{"silent", judge(answer{err: silent}, about{}), Failed, "https://www.example.jp/ does not answer: it takes too long", true},
		{"silent to all but a few", judge(answer{err: silent}, about{closed: true}), Skipped,
			"https://www.example.jp/ does not answer this machine, and torii:edge.allowedCidrs lets only some addresses in", false},
		{"refused, to all but a few too", judge(answer{err: refused}, about{closed: true}), Failed,
			"https://www.example.jp/ does not answer: connection refused", true},
	})
}

// timeout is an error of a network that takes too long.
type timeout struct{}

func (timeout) Error() string { return "it takes too long" }
func (timeout) Timeout() bool { return true }
func (timeout) Temporary() bool {
	return true
}

// TestAddresses calls servers on this machine: a site, whose certificate is the stack's, and one that is somebody else's.
func TestAddresses(t *testing.T) {
	t.Parallel()
	serve := func(s *signer) *httptest.Server {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "torii-check", r.Header.Get("User-Agent"))
			http.Redirect(w, r, "https://elsewhere.invalid/", http.StatusFound) // which nobody is to follow
		}))
		server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{s.leaf.Raw}, PrivateKey: s.key}}}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	year := time.Now().Add(365 * 24 * time.Hour)
	own := made(t, "gate.internal", year, nil)
	site, stranger := serve(own), serve(made(t, "elsewhere.example", year, nil))
	gone := httptest.NewServer(nil)
	gone.Close()
	a := &asker{expected: serials{own.leaf.SerialNumber.Text(16): true}, Options: Options{Now: time.Now, Outputs: Outputs{
		URLs:   map[string]string{"site": site.URL, "odd": stranger.URL, "legacy": gone.URL},
		Fleets: map[string]Fleet{"legacy": {URLs: map[string]string{"nlb": gone.URL, "clb": site.URL}}},
	}}}
	found, err := a.addresses(t.Context())
	require.NoError(t, err)
	var verdicts []string
	for _, f := range found {
		verdicts = append(verdicts, string(f.Verdict)+" "+f.What)
	}
	assert.Equal(t, []string{"FAIL address legacy", "ok address legacy by clb", "FAIL address odd", "ok address site"}, verdicts)
	assert.Equal(t, site.URL+" answers 302", found[3].Why)

	a.NoURLs = "nobody is there"
	found, err = a.addresses(t.Context())
	require.NoError(t, err)
	assert.Len(t, found, 4)
	for _, f := range found {
		assert.Equal(t, Finding{Verdict: Skipped, What: f.What, Why: "nobody is there"}, f)
	}
}

// TestCallAtAnotherAddress wants the host that was asked for to be asked for, wherever the call goes.
func TestCallAtAnotherAddress(t *testing.T) {
	t.Parallel()
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Host }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	got := call(t.Context(), "http://www.dev.invalid:"+port+"/", "127.0.0.1")
	require.NoError(t, got.err)
	assert.Equal(t, 200, got.status)
	assert.Equal(t, "www.dev.invalid:"+port, asked)
}
