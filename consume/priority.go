package consume

import "hash/fnv"

// Priorities that a Torii stack leaves to others, of the 50000 that a listener has. Its own rules are below; 50000 is
// its rule for a workload without a host.
const (
	FirstPriority = 40000
	LastPriority  = 49999
)

// Priority is the place of a service's rule on the listener. It comes from the names alone, so that no rule moves when
// another comes or goes, and is never that of a rule of the Torii stack. Two services of other stacks can meet, of ten
// one time in two hundred: AWS then refuses the second rule, and nothing of the first changes. Hosts differ, so the order
// among rules means nothing.
func Priority(project, stack, name string) int {
	hash := fnv.New32a()
	hash.Write([]byte(project + "/" + stack + "/" + name)) //nolint:errcheck // a hash never fails to write
	return FirstPriority + int(hash.Sum32()%(LastPriority-FirstPriority+1))
}
