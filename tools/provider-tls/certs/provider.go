// Package certs holds the resources of the small TLS provider.
package certs

import (
	"context"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// earlyRenewal is the one input that may change without a new certificate.
const earlyRenewal = "earlyRenewalHours"

// Provider builds the provider.
func Provider() (p.Provider, error) {
	provider, err := infer.NewProviderBuilder().
		WithResources(
			infer.Resource(PrivateKey{}),
			infer.Resource(SelfSignedCert{}),
			infer.Resource(CertRequest{}),
			infer.Resource(LocallySignedCert{}),
		).
		Build()
	if err != nil {
		return p.Provider{}, err
	}
	diff := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		resp, err := diff(ctx, req)
		if err != nil {
			return resp, err
		}
		return renewing(resp, req, time.Now()), nil
	}
	return provider, nil
}

// renewing turns every change into a replacement (a signed thing cannot be changed) but that of the renewal window, and
// asks for a replacement once a certificate has entered its window.
func renewing(resp p.DiffResponse, req p.DiffRequest, now time.Time) p.DiffResponse {
	for path, change := range resp.DetailedDiff {
		if path != earlyRenewal {
			change.Kind = replacing(change.Kind)
			resp.DetailedDiff[path] = change
		}
	}
	end := req.State.Get("validityEndTime")
	if !end.IsString() {
		return resp
	}
	var hours float64
	if early := req.Inputs.Get(earlyRenewal); early.IsNumber() {
		hours = early.AsNumber()
	}
	if readyForRenewal(end.AsString(), int(hours), now) {
		if resp.DetailedDiff == nil {
			resp.DetailedDiff = map[string]p.PropertyDiff{}
		}
		resp.HasChanges = true
		resp.DetailedDiff["readyForRenewal"] = p.PropertyDiff{Kind: p.UpdateReplace}
	}
	return resp
}

func replacing(kind p.DiffKind) p.DiffKind {
	if kind == p.Stable || strings.HasSuffix(string(kind), "&replace") {
		return kind
	}
	return kind + "&replace"
}

// readyForRenewal says whether a certificate that ends at the given time is inside the hours before its end.
func readyForRenewal(end string, earlyHours int, now time.Time) bool {
	t, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return false // not a time of ours: nothing to renew by
	}
	return !now.Before(t.Add(-time.Duration(earlyHours) * time.Hour))
}
