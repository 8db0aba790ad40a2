package toolchain

import (
	"fmt"
	"strconv"
	"strings"
)

// A version is major, minor and patch.
type version [3]int

// parseVersion reads 3.250.0 or v3.250.0; what follows a - or + is left aside.
func parseVersion(s string) (version, error) {
	var v version
	core := strings.TrimPrefix(strings.TrimSpace(s), "v")
	if i := strings.IndexAny(core, "-+"); i >= 0 {
		core = core[:i]
	}
	parts := strings.Split(core, ".")
	if len(parts) > len(v) {
		return v, fmt.Errorf("%q is not a version", s)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, fmt.Errorf("%q is not a version", s)
		}
		v[i] = n
	}
	return v, nil
}

// less says whether v comes before o.
func (v version) less(o version) bool {
	for i := range v {
		if v[i] != o[i] {
			return v[i] < o[i]
		}
	}
	return false
}

// engineFits says whether an engine of this version can run the program: as new as the one the toolchain builds, and
// of the same major version.
func engineFits(s string) bool {
	have, err := parseVersion(s)
	if err != nil {
		return false
	}
	least, err := parseVersion(engineVersion)
	return err == nil && !have.less(least) && have[0] == least[0]
}
