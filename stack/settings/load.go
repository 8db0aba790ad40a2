package settings

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// namespace is the prefix of Torii's own keys in a stack file.
const namespace = "torii:"

// Sections are the keys under torii: that a stack file may have.
var Sections = []string{"network", "security", "edge", "authority", "workloads", "bastion", "operations"}

// Load reads a stack's whole configuration, as Pulumi hands it to a program (full
// key to JSON text), fills in the defaults and checks it. It returns every problem at
// once.
func Load(config map[string]string) (Settings, Problems) {
	var ps Problems
	all := defaults()
	unknownSections(&ps, config)

	if raw, ok := section(&ps, config, "network"); ok {
		decodeInto(&ps, namespace+"network", raw, &all.Network)
	}
	if raw, ok := section(&ps, config, "security"); ok {
		decodeInto(&ps, namespace+"security", raw, &all.Security)
	}
	if raw, ok := section(&ps, config, "edge"); ok {
		decodeInto(&ps, namespace+"edge", raw, &all.Edge)
	}
	if raw, ok := section(&ps, config, "authority"); ok {
		decodeInto(&ps, namespace+"authority", raw, &all.Authority)
	}
	if raw, ok := section(&ps, config, "bastion"); ok {
		decodeInto(&ps, namespace+"bastion", raw, &all.Bastion)
	}
	if raw, ok := section(&ps, config, "operations"); ok {
		decodeInto(&ps, namespace+"operations", raw, &all.Operations)
	}
	if raw, ok := section(&ps, config, "workloads"); ok {
		all.Workloads = decodeWorkloads(&ps, raw)
	}
	all.fillDerived()

	// A value of a wrong type has left its default or zero behind; checking that
	// too would blame it twice.
	decoded := len(ps)
	check(&ps, all, region(config))
	ps = slices.Concat(ps[:decoded], slices.DeleteFunc(slices.Clone(ps[decoded:]), func(p Problem) bool {
		return slices.ContainsFunc(ps[:decoded], func(earlier Problem) bool { return earlier.covers(p) })
	}))
	return all, ps
}

// unknownSections reports keys under torii: that are not sections. Keys of other
// programs and providers are theirs to check.
func unknownSections(ps *Problems, config map[string]string) {
	for key := range config {
		name, ours := strings.CutPrefix(key, namespace)
		if ours && !slices.Contains(Sections, name) {
			ps.missing(key, "is not a setting; choose "+list(Sections))
		}
	}
}

// section returns one section's value.
func section(ps *Problems, config map[string]string, name string) (any, bool) {
	text, ok := config[namespace+name]
	if !ok || text == "" {
		return nil, false
	}
	raw, err := parse(text)
	if err != nil {
		ps.refuse(namespace+name, strconv.Quote(text), "is not allowed; give a map of settings")
		return nil, false
	}
	return raw, true
}

// decodeWorkloads reads the entries of torii:workloads, each by its kind.
func decodeWorkloads(ps *Problems, raw any) map[string]Workload {
	path := namespace + "workloads"
	if raw == nil {
		return nil
	}
	entries, ok := raw.(map[string]any)
	if !ok {
		ps.refuse(path, quoted(raw), "is not allowed; give a map from a workload's name to its settings")
		return nil
	}
	workloads := make(map[string]Workload, len(entries))
	for name, entry := range entries {
		path := path + "." + name
		workloads[name] = Workload{} // keeps its name when its kind is wrong
		values, ok := entry.(map[string]any)
		if !ok {
			ps.refuse(path, quoted(entry), "is not allowed; give a map of settings, kind first")
			continue
		}
		kind, given := values["kind"]
		if !given || kind == nil {
			ps.missing(path+".kind", "is missing; choose "+list(sortedKeys(kinds)))
			continue
		}
		word, _ := kind.(string)
		start, known := kinds[word]
		if !known {
			ps.refuse(path+".kind", show(kind), "is not allowed; choose %s", list(sortedKeys(kinds)))
			continue
		}
		workload := start()
		decodeInto(ps, path, values, workload.chosen())
		workloads[name] = workload
	}
	return workloads
}

// region is the stack's AWS region, or "" when the stack leaves it to the environment.
func region(config map[string]string) string { return config["aws:region"] }

// Names returns the workloads' names in order, so that everything that is made from
// them comes out the same each time.
func (s Settings) Names() []string {
	return slices.Sorted(maps.Keys(s.Workloads))
}
