package tags

// Keys of tags that mean something to somebody: a policy compares them, a lookup or a
// script finds things by them. They are part of the contract with scripts outside.
const (
	DataKey           = "ToriiData"           // volumes of homes; its value names the workload
	TeamKey           = "ToriiTeam"           // a workload of notebooks, or the bastion; project-stack-workload
	OwnerKey          = "ToriiOwner"          // whose notebook: an IAM user's name, or a session tag's value
	NotebookKey       = "ToriiNotebook"       // which notebook: person-number
	LocalPortKey      = "ToriiLocalPort"      // TCP port on the owner's own machine that leads to it
	TokenParameterKey = "ToriiTokenParameter" // name of the parameter that holds its token
	BastionHoursKey   = "ToriiBastionHours"   // group of a bastion; hours after its start at which that ends itself
)
