package settings

import "strings"

// maxGroupsOfUser is how many groups an IAM user may be in. Source: the quotas in the IAM user guide.
const maxGroupsOfUser = 10

// checkTeams reports what several workloads of notebooks cannot have together.
func checkTeams(ps *Problems, s Settings) {
	owners, teams := map[string]string{}, map[string]int{}
	for _, name := range s.Names() {
		notebooks := s.Workloads[name].Notebooks
		if notebooks == nil {
			continue
		}
		for _, person := range sortedKeys(notebooks.People) {
			at := "torii:workloads." + name + ".people." + person
			// lab with ken-a and lab-ken with a would have resources of one name.
			full := name + "-" + person
			if first, taken := owners[full]; taken {
				ps.missing(at, "would have the resources of "+first+", as both are called "+full+"; rename one of them")
			}
			owners[full] = "person " + person + " of workload " + name
			if notebooks.Access != AccessUsers {
				continue
			}
			identity := strings.ToLower(notebooks.People[person].Identity)
			if teams[identity]++; teams[identity] == maxGroupsOfUser+1 {
				ps.refuse(at+".identity", notebooks.People[person].Identity,
					"is in more than %d teams, and IAM lets a user be in %d groups; make it fewer", maxGroupsOfUser, maxGroupsOfUser)
			}
		}
	}
}
