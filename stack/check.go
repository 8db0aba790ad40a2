package stack

import (
	"maps"
	"slices"
)

// Expected is what a stack does not make and expects to find in its account.
type Expected struct {
	Domain string   // with a public hosted zone; "" for none
	Users  []string // IAM users, sorted
}

// Check reports every problem in a stack's configuration (full key to JSON text, as
// Pulumi hands it to a program) without starting anything, and says what the stack
// expects to find.
func Check(config map[string]string) (Expected, error) {
	chosen, err := read(config)
	if err != nil {
		return Expected{}, err
	}
	users := map[string]bool{}
	for _, user := range bastionUsers(chosen.Bastion) {
		users[user.name] = chosen.Bastion.Enabled
	}
	for _, name := range chosen.Names() {
		if team := chosen.Workloads[name].Notebooks; team != nil {
			for _, user := range teamUsers(name, *team) {
				users[user.name] = true
			}
		}
	}
	maps.DeleteFunc(users, func(_ string, wanted bool) bool { return !wanted })
	return Expected{Domain: chosen.Edge.Domain, Users: slices.Sorted(maps.Keys(users))}, nil
}
