package awscalls

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
)

// Recorder passes requests on to an AWS and notes them.
type Recorder struct {
	URL string // where to send requests instead: http://127.0.0.1:<port>

	server *httptest.Server
	mutex  sync.Mutex
	seen   map[string]bool
	lost   []error
}

// Record starts a recorder in front of the AWS at an address. Close ends it.
func Record(address string) (*Recorder, error) {
	to, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("recording calls: %w", err)
	}
	r := &Recorder{seen: map[string]bool{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(to)
		p.Out.Host = p.In.Host // signatures and S3's addresses contain it
	}}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		r.note(Action(request, string(body)))
		proxy.ServeHTTP(w, request)
	}))
	r.URL = r.server.URL
	return r, nil
}

func (r *Recorder) note(action string, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err != nil {
		r.lost = append(r.lost, err)
		return
	}
	r.seen[action] = true
}

// Close ends the recorder.
func (r *Recorder) Close() { r.server.Close() }

// Actions returns what was asked for so far, in order, and an error for each request that it could not name.
func (r *Recorder) Actions() ([]string, []error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Sorted(maps.Keys(r.seen)), slices.Clone(r.lost)
}
