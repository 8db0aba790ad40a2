//go:build linux

package guest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Metadata is what a machine's instance metadata service knows.
type Metadata struct {
	InstanceID string // i-…
	Region     string // ap-northeast-1
	Zone       string // ap-northeast-1a
	Role       string // name of the instance's role; "" without one
	Identity   Identity

	Asked func(path string) // optional; hears of each request
}

// Identity is what the role's credentials consist of.
type Identity struct{ AccessKeyID, SecretAccessKey, Token string }

// metadataAddress is where every machine on EC2 finds the service.
const metadataAddress = "169.254.169.254:80"

// ServeMetadata answers for the instance metadata service inside a machine until the
// machine's context ends, in version 2 only: whoever has no token gets 401.
func (m *Machine) ServeMetadata(ctx context.Context, d Metadata) error {
	listener, err := m.Listen(ctx, metadataAddress)
	if err != nil {
		return fmt.Errorf("serving instance metadata: %w", err)
	}
	serve(ctx, listener, d.handler())
	return nil
}

// serve answers on a listener until the context ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener)                         //nolint:errcheck // it ends by being closed
	context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // nobody is left to tell
}

// handler is the service.
func (d Metadata) handler() http.Handler {
	var (
		lock   sync.Mutex
		tokens = map[string]time.Time{} // until when each is good
	)
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.Atoi(r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds"))
		if err != nil || seconds < 1 || seconds > 21600 || r.Header.Get("X-Forwarded-For") != "" {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		token := rand.Text()
		lock.Lock()
		tokens[token] = time.Now().Add(time.Duration(seconds) * time.Second)
		lock.Unlock()
		w.Header().Set("X-aws-ec2-metadata-token-ttl-seconds", strconv.Itoa(seconds))
		fmt.Fprint(w, token)
	})
	answers := d.answers()
	mux.HandleFunc("GET /latest/", func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		until := tokens[r.Header.Get("X-aws-ec2-metadata-token")]
		lock.Unlock()
		if time.Now().After(until) {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		answer, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, answer)
	})
	if d.Asked == nil {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Asked(r.URL.Path)
		mux.ServeHTTP(w, r)
	})
}

// answers are the pages of the service.
func (d Metadata) answers() map[string]string {
	credentials, err := json.Marshal(map[string]string{
		"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": time.Now().UTC().Format(time.RFC3339),
		"AccessKeyId": d.Identity.AccessKeyID, "SecretAccessKey": d.Identity.SecretAccessKey, "Token": d.Identity.Token,
		"Expiration": time.Now().Add(6 * time.Hour).UTC().Format(time.RFC3339),
	})
	document, err2 := json.Marshal(map[string]string{
		"instanceId": d.InstanceID, "region": d.Region, "availabilityZone": d.Zone,
	})
	if err := errors.Join(err, err2); err != nil {
		panic(err) // strings always marshal
	}
	const meta = "/latest/meta-data/"
	all := map[string]string{
		meta + "instance-id":                         d.InstanceID,
		meta + "placement/region":                    d.Region,
		meta + "placement/availability-zone":         d.Zone,
		"/latest/dynamic/instance-identity/document": string(document),
	}
	if d.Role != "" {
		all[meta+"iam/security-credentials/"] = d.Role
		all[meta+"iam/security-credentials/"+d.Role] = string(credentials)
	}
	return all
}
