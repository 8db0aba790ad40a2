//go:build integration && exhaustive

package integration

// exhaustive says that there is time for what rarely breaks by itself: `make exhaustive`.
const exhaustive = true
