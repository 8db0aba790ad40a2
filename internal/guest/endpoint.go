//go:build linux

package guest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Call is a request to AWS as IAM names it.
type Call struct {
	Action    string     // ec2:AttachVolume
	KeyID     string     // access key of who asks
	Arguments url.Values // of services that take forms, such as EC2; else nil
	Body      []byte     // of services that take JSON, such as Parameter Store; else nil
}

// Endpoint stands between guests and the local AWS. It notes what they ask for, so that a
// test can hold it against their role, and says no where the local AWS is too kind.
type Endpoint struct {
	URL string // as guests see it, for AWS_ENDPOINT_URL

	lock  sync.Mutex
	calls []Call
}

// Refusal is an error that EC2 answers with.
type Refusal struct{ Code, Message string }

// NewEndpoint passes requests on to the local AWS at an address until the context ends.
// Unless refuse returns nil for a call, that is the answer.
func NewEndpoint(ctx context.Context, aws string, refuse func(Call) *Refusal) (*Endpoint, error) {
	target, err := url.Parse(aws)
	if err != nil {
		return nil, fmt.Errorf("starting the guests' way to AWS: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the guests' way to AWS: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("starting the guests' way to AWS: %w", err)
	}
	e := &Endpoint{URL: "http://" + net.JoinHostPort(HostAddress, port)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	serve(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, err := read(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		e.lock.Lock()
		e.calls = append(e.calls, call)
		e.lock.Unlock()
		if no := refuse(call); no != nil {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>", no.Code, no.Message)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	return e, nil
}

// Calls are the calls so far.
func (e *Endpoint) Calls() []Call {
	e.lock.Lock()
	defer e.lock.Unlock()
	return slices.Clone(e.calls)
}

// read tells what a request asks for. Its body can be read again.
func read(r *http.Request) (Call, error) {
	var call Call
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return call, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	// Credential=AKID/20260102/ap-northeast-1/ec2/aws4_request
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/")
	if len(scope) < 5 {
		return call, fmt.Errorf("%s %s is not signed", r.Method, r.URL)
	}
	call.KeyID = scope[0]
	operation := r.URL.Path // of services of the newest protocol
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		operation = target[strings.LastIndex(target, ".")+1:]
		call.Body = body
	} else if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if call.Arguments, err = url.ParseQuery(string(body)); err != nil {
			return call, err
		}
		operation = call.Arguments.Get("Action")
	}
	service := scope[3]
	if service == "monitoring" { // CloudWatch signs with its host's name
		service = "cloudwatch"
	}
	call.Action = service + ":" + operation
	return call, nil
}
