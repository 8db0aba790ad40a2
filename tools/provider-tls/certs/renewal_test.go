package certs

import (
	"maps"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestReadyForRenewal(t *testing.T) {
	const end = "2024-03-02T12:00:00Z"
	for _, test := range []struct {
		early int
		now   string
		want  bool
	}{
		{0, "2024-03-02T11:59:59Z", false},
		{0, "2024-03-02T12:00:00Z", true},
		{24, "2024-03-01T11:59:59Z", false},
		{24, "2024-03-01T12:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := readyForRenewal(end, test.early, at); got != test.want {
			t.Errorf("readyForRenewal(%s, %d, %s) = %t, want %t", end, test.early, test.now, got, test.want)
		}
	}
}

func TestRenewing(t *testing.T) {
	state := property.NewMap(map[string]property.Value{"validityEndTime": property.New("2024-03-02T12:00:00Z")})
	early := func(hours float64) property.Map {
		return property.NewMap(map[string]property.Value{earlyRenewal: property.New(hours)})
	}
	for _, test := range []struct {
		name   string
		state  property.Map
		inputs property.Map
		diff   map[string]p.PropertyDiff
		want   map[string]p.PropertyDiff
	}{
		{"nothing", state, early(1), nil, nil},
		{"the window only", state, early(1),
			map[string]p.PropertyDiff{earlyRenewal: {Kind: p.Update}},
			map[string]p.PropertyDiff{earlyRenewal: {Kind: p.Update}}},
		{"an input", state, early(1),
			map[string]p.PropertyDiff{"subject.commonName": {Kind: p.Update}, "uris[0]": {Kind: p.Add}, "dnsNames": {Kind: p.Delete}},
			map[string]p.PropertyDiff{"subject.commonName": {Kind: p.UpdateReplace}, "uris[0]": {Kind: p.AddReplace},
				"dnsNames": {Kind: p.DeleteReplace}}},
		{"inside the window", state, early(48), nil,
			map[string]p.PropertyDiff{"readyForRenewal": {Kind: p.UpdateReplace}}},
		{"a key has no end", property.NewMap(nil), early(48), nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := p.DiffRequest{State: test.state, Inputs: test.inputs}
			got := renewing(p.DiffResponse{HasChanges: len(test.diff) > 0, DetailedDiff: test.diff}, req, now)
			if !maps.Equal(got.DetailedDiff, test.want) || got.HasChanges != (len(test.want) > 0) {
				t.Errorf("renewing = %+v, want %+v", got, test.want)
			}
		})
	}
}
