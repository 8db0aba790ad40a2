package settings

import (
	"encoding/json"
	"strconv"
)

// Notebooks is a workload of kind notebooks: a machine of their own, or several, for each person of a team, which no
// port leads to.
type Notebooks struct {
	// Required. notebooks.
	Kind string `setting:"kind"`
	// Required. Who has notebooks: a name, of at most 20 letters, digits and hyphens, and how many, or a map of
	// the settings below. Who is taken out loses the notebooks and keeps the homes; {} is nobody.
	People map[string]Person `setting:"people"`
	// EC2 instance type, Intel, AMD or Graviton. A change stops a notebook and starts it as the new type.
	InstanceType string `setting:"instanceType"`
	// newest- and a word of yours: the newest Amazon Linux 2023 on the day that word is first deployed,
	// and that one from then on. Or the id of an AMI of it. A change replaces every notebook; homes stay.
	Image string `setting:"image"`
	// Availability zone of the homes and so of the notebooks. Default the homes' own, at first the first of
	// torii:network.zones. Cannot change.
	Zone string `setting:"zone"`
	// GiB of each home's volume, 10 to 16384. Can grow, at most once in 6 hours; cannot shrink.
	HomeGiB int `setting:"homeGiB"`
	// Daily snapshots of each home that are kept, 1 to 365.
	SnapshotDays int `setting:"snapshotDays"`
	// Takes a last snapshot when a home is deleted. It stays, and costs, until you delete it.
	FinalSnapshot bool `setting:"finalSnapshot"`
	// Snapshots that homes are made from, by notebook: {ken-2: snap-…}. Given later it replaces the home;
	// docs/operations.md has the steps.
	RestoreFrom map[string]string `setting:"restoreFrom"`
	// Notebooks that are in people no more and whose kept homes are to be deleted: [ken-2].
	DeleteHomes []string `setting:"deleteHomes"`
	// How people are known to AWS: users (IAM users, which must exist) or session-tags (roles, with IAM Identity
	// Center or another sign-in, that put the tag ToriiOwner on the session).
	Access string `setting:"access"`
	// Lets people open a shell on their notebooks too, which has root's rights there.
	Shell bool `setting:"shell"`
	// Where notebooks install from: pypi, an index (https://host/simple/), a folder of wheels in S3
	// (s3://bucket/folder/), or none, with an image that has all in it.
	Packages string `setting:"packages"`
	// Minutes without activity after which a notebook stops itself, 10 to 10080; 0 is never. Homes stay, and
	// its owner can start it again.
	IdleMinutes int `setting:"idleMinutes"`
}

// Person is one of a workload's people. A number in its place is notebooks.
type Person struct {
	// Notebooks that the person has, 1 to 20.
	Notebooks int `setting:"notebooks"`
	// The person's IAM user name, or with access session-tags the value of the tag. Default the name.
	Identity string `setting:"identity"`
	// EC2 instance type of this person's notebooks. Default the workload's.
	InstanceType string `setting:"instanceType"`
	// GiB of each of this person's homes. Default the workload's.
	HomeGiB int `setting:"homeGiB"`
}

// Values of access.
const (
	AccessUsers       = "users"
	AccessSessionTags = "session-tags"
)

// Words of packages that are not an address.
const (
	PackagesPyPI = "pypi"
	PackagesNone = "none"
)

// firstLocalPort is the port on a person's own computer that leads to the first notebook. Jupyter's own port is
// often in use there.
const firstLocalPort = 58888

// defaultNotebooks is a workload of notebooks that says nothing.
func defaultNotebooks() Notebooks {
	return Notebooks{
		InstanceType:  "t3.large",
		Image:         NewestImage + "1",
		HomeGiB:       50,
		SnapshotDays:  14,
		FinalSnapshot: true,
		Access:        AccessUsers,
		Packages:      PackagesPyPI,
		IdleMinutes:   60,
	}
}

// defaultPerson is a person of whom nothing is said.
func defaultPerson() Person { return Person{Notebooks: 1} }

// decodeEntries reads people, each of whom is a number or a map, and takes them out of what is left to decode.
func (n *Notebooks) decodeEntries(ps *Problems, path string, given map[string]any) {
	raw, ok := given["people"]
	if !ok {
		return
	}
	delete(given, "people")
	n.People = map[string]Person{}
	people, isMap := raw.(map[string]any)
	if !isMap {
		ps.refuse(path+".people", quoted(raw), "is not allowed; give a map from a person's name to a number of notebooks")
		return
	}
	for _, name := range sortedKeys(people) {
		at, person := path+".people."+name, defaultPerson()
		switch value := people[name].(type) {
		case nil:
		case map[string]any:
			decodeInto(ps, at, value, &person)
		case json.Number:
			number, err := strconv.Atoi(value.String())
			if err != nil {
				ps.refuse(at, value, "is not allowed; give a whole number of notebooks, or a map of settings")
				break
			}
			person.Notebooks = number
		default:
			ps.refuse(at, quoted(value), "is not allowed; give a whole number of notebooks, or a map of settings")
		}
		n.People[name] = person
	}
}

// fillPeople gives people what their workload says, where nothing is said of themselves.
func (n *Notebooks) fillPeople() {
	for name, person := range n.People {
		if person.Identity == "" {
			person.Identity = name
		}
		if person.InstanceType == "" {
			person.InstanceType = n.InstanceType
		}
		if person.HomeGiB == 0 {
			person.HomeGiB = n.HomeGiB
		}
		n.People[name] = person
	}
}

// Names are the notebooks' names, such as ken-2, by person and then by number.
func (n Notebooks) Names() []string {
	var names []string
	for _, person := range sortedKeys(n.People) {
		names = append(names, namesOf(person, n.People[person])...)
	}
	return names
}

// NotebookName is what a person's notebook of a number, from 1, is called.
func NotebookName(person string, number int) string { return person + "-" + strconv.Itoa(number) }

// namesOf are the names of one person's notebooks.
func namesOf(name string, person Person) []string {
	var names []string
	for i := range min(person.Notebooks, maxNotebooks) {
		names = append(names, NotebookName(name, i+1))
	}
	return names
}

// LocalPorts are the ports on their owners' computers that lead to the notebooks, by workload and notebook. Whoever has
// notebooks in several workloads of a stack can have all of them open at once.
func (s Settings) LocalPorts() map[string]map[string]int {
	ports, next := map[string]map[string]int{}, map[string]int{}
	for _, workload := range s.Names() {
		notebooks := s.Workloads[workload].Notebooks
		if notebooks == nil {
			continue
		}
		ports[workload] = map[string]int{}
		for _, name := range sortedKeys(notebooks.People) {
			person := notebooks.People[name]
			for _, notebook := range namesOf(name, person) {
				ports[workload][notebook] = firstLocalPort + next[person.Identity]
				next[person.Identity]++
			}
		}
	}
	return ports
}

func (n *Notebooks) site() (string, bool) { return "", false }

// endpoints are Session Manager's, and with session preferences the key service's: a session is encrypted on the
// machine itself.
func (n *Notebooks) endpoints(s Settings) []string {
	needed := []string{EndpointSSM}
	if s.Security.SessionPreferences {
		needed = append(needed, EndpointKMS)
	}
	return needed
}
