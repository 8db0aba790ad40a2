package localaws

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Resources lists what exists: service, then moto's name for the kind of thing, then identifiers in order. What moto
// itself puts into an account (default VPC, images, event bus) is left out, and so is what AWS only remembers
// (terminated instances, keys that wait for their deletion).
type Resources map[string]map[string][]string

// Resources asks the server what exists now.
func (s *Server) Resources(ctx context.Context) (Resources, error) {
	found := Resources{}
	if err := call(ctx, http.MethodGet, s.URL+"/moto-api/torii/resources", &found); err != nil {
		return nil, fmt.Errorf("listing what exists on the local AWS: %w", err)
	}
	return found, nil
}

// Without returns what is in r and not in baseline, without empty entries: what a deployment left behind.
func (r Resources) Without(baseline Resources) Resources {
	rest := Resources{}
	for service, kinds := range r {
		for kind, ids := range kinds {
			left := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
				return slices.Contains(baseline[service][kind], id)
			})
			if len(left) == 0 {
				continue
			}
			if rest[service] == nil {
				rest[service] = map[string][]string{}
			}
			rest[service][kind] = left
		}
	}
	return rest
}

// Add puts what another AWS has to it.
func (r Resources) Add(other Resources) {
	for service, kinds := range other {
		for kind, ids := range kinds {
			if r[service] == nil {
				r[service] = map[string][]string{}
			}
			r[service][kind] = append(r[service][kind], ids...)
		}
	}
}

// Count returns how many things there are.
func (r Resources) Count() int {
	total := 0
	for _, kinds := range r {
		for _, ids := range kinds {
			total += len(ids)
		}
	}
	return total
}

// String lists the things, a kind to a line: "ec2 VPC: vpc-1, vpc-2".
func (r Resources) String() string {
	var lines []string
	for _, service := range slices.Sorted(maps.Keys(r)) {
		for _, kind := range slices.Sorted(maps.Keys(r[service])) {
			lines = append(lines, fmt.Sprintf("%s %s: %s", service, kind, strings.Join(r[service][kind], ", ")))
		}
	}
	return strings.Join(lines, "\n")
}
