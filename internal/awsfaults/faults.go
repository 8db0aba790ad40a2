// Package awsfaults stands between a client and an AWS and lets it have a bad day.
package awsfaults

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// Kind is what goes wrong.
type Kind string

// Kinds.
const (
	None        Kind = ""
	Unavailable Kind = "unavailable" // Answers 503 and does nothing.
	Throttled   Kind = "throttled"   // Answers as each service does to too many requests, and does nothing.
	Dropped     Kind = "dropped"     // Does what was asked and closes the connection without an answer, every other time.
)

// Proxy passes requests on, or not.
type Proxy struct {
	URL string // where to send requests instead: http://127.0.0.1:<port>

	server *httptest.Server
	to     *url.URL
	kind   atomic.Value
	hurt   atomic.Int64
	mutex  sync.Mutex
	kept   map[string]answer // by the token of the request
	chance *rand.Rand
}

// answer is one that was given.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// Start starts a proxy in front of the AWS at an address. Close ends it. Equal seeds make equal choices.
func Start(address string, seed uint64) (*Proxy, error) {
	to, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	p := &Proxy{to: to, kept: map[string]answer{}, chance: rand.New(rand.NewPCG(seed, seed))}
	p.kind.Store(None)
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	return p, nil
}

// Close ends the proxy.
func (p *Proxy) Close() { p.server.Close() }

// Set says what goes wrong from now on.
func (p *Proxy) Set(kind Kind) { p.kind.Store(kind) }

// Hurt returns how many requests went wrong so far.
func (p *Proxy) Hurt() int { return int(p.hurt.Load()) }

// ServeHTTP answers one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the client went away
	}
	kind := p.kind.Load().(Kind)
	if kind == Unavailable || kind == Throttled {
		p.hurt.Add(1)
		refuse(w, request, kind)
		return
	}
	given, err := p.ask(request, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if kind == Dropped && p.unlucky() {
		p.hurt.Add(1)
		panic(http.ErrAbortHandler) // which closes the connection
	}
	for key, values := range given.header {
		w.Header()[key] = values
	}
	w.WriteHeader(given.status)
	if request.Method != http.MethodHead {
		_, _ = w.Write(given.body) // a client that went away misses nothing
	}
}

func (p *Proxy) unlucky() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.chance.IntN(2) == 0
}

// token is what clients send so that AWS does something once, however often they ask.
var token = regexp.MustCompile(`(?:(?:^|&)ClientToken=|"(?:clientToken|ClientToken|ClientRequestToken|IdempotencyToken)":\s*")([^&"]+)`)

// ask passes a request on. One that was answered before under the same token gets that answer, as AWS gives it; the
// local AWS does not look at tokens.
func (p *Proxy) ask(request *http.Request, body []byte) (answer, error) {
	key := ""
	if found := token.FindSubmatch(body); found != nil {
		key = service(request) + " " + action(request, string(body)) + " " + string(found[1])
		p.mutex.Lock()
		given, known := p.kept[key]
		p.mutex.Unlock()
		if known {
			return given, nil
		}
	}
	onward := request.Clone(request.Context())
	onward.URL.Scheme, onward.URL.Host = p.to.Scheme, p.to.Host
	onward.RequestURI = ""
	onward.Body = io.NopCloser(bytes.NewReader(body))
	onward.ContentLength = int64(len(body))
	onward.TransferEncoding = nil
	response, err := http.DefaultTransport.RoundTrip(onward)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	given := answer{response.StatusCode, response.Header, text}
	if key != "" && given.status < http.StatusMultipleChoices {
		p.mutex.Lock()
		p.kept[key] = given
		p.mutex.Unlock()
	}
	return given, nil
}

var scope = regexp.MustCompile(`Credential=[^/]+/[^/]+/[^/]+/([^/]+)/`)

// service is the one that the request is signed for.
func service(request *http.Request) string {
	if found := scope.FindStringSubmatch(request.Header.Get("Authorization")); found != nil {
		return found[1]
	}
	return ""
}

func action(request *http.Request, body string) string {
	if target := request.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	return request.Method + " " + request.URL.Path
}

// refuse answers in the service's own way.
func refuse(w http.ResponseWriter, request *http.Request, kind Kind) {
	if kind == Unavailable {
		http.Error(w, "<html><body>Service Unavailable</body></html>", http.StatusServiceUnavailable)
		return
	}
	say := func(status int, media, text string) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	switch of := service(request); {
	case of == "ec2":
		say(http.StatusServiceUnavailable, "text/xml", `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>`+
			`<Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors><RequestID>0</RequestID></Response>`)
	case of == "s3":
		say(http.StatusServiceUnavailable, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>`+
			`<Message>Please reduce your request rate.</Message></Error>`)
	case strings.HasPrefix(request.Header.Get("Content-Type"), "application/x-amz-json"):
		w.Header().Set("X-Amzn-Errortype", "ThrottlingException")
		say(http.StatusBadRequest, request.Header.Get("Content-Type"), `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
	default:
		say(http.StatusBadRequest, "text/xml", `<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>`+
			`<Message>Rate exceeded</Message></Error><RequestId>0</RequestId></ErrorResponse>`)
	}
}
