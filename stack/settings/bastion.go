package settings

// Bastion is torii:bastion, a machine that leads into the network and that runs only while somebody needs it.
type Bastion struct {
	// Makes what it takes to start one. Nothing runs until somebody starts it: make bastion-up.
	Enabled bool `setting:"enabled"`
	// EC2 instance type, Intel, AMD or Graviton. Holds for the next one that is started.
	InstanceType string `setting:"instanceType"`
	// newest- and a word of yours: the newest Amazon Linux 2023 on the day that word is first deployed,
	// and that one from then on. Or the id of an AMI of it. Holds for the next one that is started.
	Image string `setting:"image"`
	// Hours after its start at which it ends itself, 1 to 24.
	Hours int `setting:"hours"`
	// Hour of the day, in UTC, at which one that still runs is ended, 0 to 23. 15 is midnight in Japan.
	NightHourUTC int `setting:"nightHourUtc"`
	// TCP ports in the VPC that it may reach, such as [5432], at most 8. What listens there has to admit it as well.
	Ports []int `setting:"ports"`
	// IAM users, who must exist, that may start it, end it, and open sessions to it.
	Users []string `setting:"users"`
	// Lets them open a shell on it too, which has root's rights there.
	Shell bool `setting:"shell"`
}

// defaultBastion is a section that says nothing. No working day is lost by its end after four hours: whoever still
// needs one starts the next.
func defaultBastion() Bastion {
	return Bastion{
		InstanceType: "t4g.nano",
		Image:        NewestImage + "1",
		Hours:        4,
		NightHourUTC: 15,
	}
}

// endpoints are the private ways into AWS that a bastion needs when there is no other way out: Session Manager's, and
// that of EC2 Auto Scaling, by which it ends itself.
func (b Bastion) endpoints(s Settings) []string {
	needed := []string{EndpointSSM, EndpointAutoScaling}
	if s.Security.SessionPreferences {
		needed = append(needed, EndpointKMS)
	}
	return needed
}
