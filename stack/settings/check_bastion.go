package settings

import "strings"

// Limits of torii:bastion. Two rules of the private subnets' network ACL go to each port, one a direction.
const (
	maxBastionHours = 24
	maxBastionPorts = 8
)

func checkBastion(ps *Problems, b Bastion) {
	const path = "torii:bastion."
	checkInstanceType(ps, path+"instanceType", b.InstanceType)
	checkMachineImage(ps, path+"image", b.Image)
	if b.Hours < 1 || b.Hours > maxBastionHours {
		ps.refuse(path+"hours", b.Hours, "is not allowed; choose 1 to %d", maxBastionHours)
	}
	if b.NightHourUTC < 0 || b.NightHourUTC > 23 {
		ps.refuse(path+"nightHourUtc", b.NightHourUTC, "is not allowed; choose 0 to 23")
	}
	checkPorts(ps, path+"ports", b.Ports, maxBastionPorts)
	seen := map[string]bool{}
	for i, user := range b.Users {
		at := indexed(path+"users", i)
		if !iamUserName.MatchString(user) {
			ps.refuse(at, user, "is not an IAM user's name; give at most 64 letters, digits and . _ @ + = -")
		}
		// IAM tells user names apart by their letters, not by their case.
		if known := strings.ToLower(user); seen[known] {
			ps.refuse(at, user, "is there twice; name it once")
		} else {
			seen[known] = true
		}
	}
}
