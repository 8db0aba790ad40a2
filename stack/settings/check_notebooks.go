package settings

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	maxNotebooks  = 20 // of one person
	maxPersonName = 20 // so that the names of a notebook's role and of its policy fit
)

var (
	personName = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	// iamUserName is what IAM allows but for the comma, which a parameter's tag cannot hold.
	iamUserName = regexp.MustCompile(`^[A-Za-z0-9_+=.@-]{1,64}$`)
	// sessionTag is what STS allows as the value of a session tag, without blanks, which a sign-in may trim.
	sessionTag = regexp.MustCompile(`^[\p{L}\p{N}_.:/=+@-]{1,256}$`)
	// indexPath and wheelFolder keep to characters that mean nothing to a shell.
	indexPath   = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*/$`)
	wheelFolder = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_.=-]+/)*$`)
)

func (n *Notebooks) check(ps *Problems, at string, s Settings, _ string) {
	checkInstanceType(ps, at+"instanceType", n.InstanceType)
	checkMachineImage(ps, at+"image", n.Image)
	checkZone(ps, at+"zone", n.Zone, s.Network.Zones)
	checkHomeGiB(ps, at+"homeGiB", n.HomeGiB)
	checkSnapshotDays(ps, at+"snapshotDays", n.SnapshotDays)
	checkIdleMinutes(ps, at+"idleMinutes", n.IdleMinutes)
	if ways := []string{AccessUsers, AccessSessionTags}; !slices.Contains(ways, n.Access) {
		ps.refuse(at+"access", n.Access, "is not allowed; choose %s", list(ways))
	}
	checkPackages(ps, at+"packages", n.Packages, s.Network.NAT)
	if n.Packages == PackagesNone && strings.HasPrefix(n.Image, NewestImage) {
		ps.refuse(at+"image", n.Image, "has no Jupyter in it, and with packages %s nothing is installed; "+
			"give the id of an AMI that has all in it", PackagesNone)
	}
	n.checkPeople(ps, at+"people")
	n.checkHomes(ps, at)
}

func (n *Notebooks) checkPeople(ps *Problems, at string) {
	if n.People == nil {
		ps.missing(at, "is missing; name each person and a number of notebooks such as {aiko: 1, ken: 2}")
	}
	owners := map[string]string{}
	for _, name := range sortedKeys(n.People) {
		person, at := n.People[name], at+"."+name
		if !personName.MatchString(name) || len(name) > maxPersonName {
			ps.refuse(at, name, "is not a person's name; give at most %d lower-case letters, digits and hyphens, a letter first, "+
				"and the rest as identity", maxPersonName)
		} else {
			n.checkIdentity(ps, at+".identity", person.Identity)
		}
		if person.Notebooks < 1 || person.Notebooks > maxNotebooks {
			ps.refuse(at+".notebooks", person.Notebooks, "is not allowed; choose 1 to %d", maxNotebooks)
		}
		// What is the workload's own was checked there.
		if person.InstanceType != n.InstanceType {
			checkInstanceType(ps, at+".instanceType", person.InstanceType)
		}
		if person.HomeGiB != n.HomeGiB {
			checkHomeGiB(ps, at+".homeGiB", person.HomeGiB)
		}
		// IAM tells user names apart by their letters, not by their case.
		known := strings.ToLower(person.Identity)
		if first, taken := owners[known]; taken {
			ps.refuse(at+".identity", person.Identity, "is the identity of %s as well; give each person their own", first)
		} else {
			owners[known] = name
		}
	}
}

// checkIdentity wants a name that AWS takes for a user, or for the tag of a session.
func (n *Notebooks) checkIdentity(ps *Problems, at, identity string) {
	switch {
	case n.Access == AccessUsers && !iamUserName.MatchString(identity):
		ps.refuse(at, identity, "is not an IAM user's name; give at most 64 letters, digits and . _ @ + = -")
	case n.Access == AccessSessionTags && !sessionTag.MatchString(identity):
		ps.refuse(at, identity, "is not the value of a session tag; give at most 256 letters, digits and . _ : / = + @ -")
	}
}

// checkHomes reports homes that are asked for nobody, or to be deleted while somebody has them.
func (n *Notebooks) checkHomes(ps *Problems, at string) {
	names := n.Names()
	for _, name := range sortedKeys(n.RestoreFrom) {
		at := at + "restoreFrom." + name
		if !slices.Contains(names, name) {
			ps.refuse(at, name, "is not a notebook of people; %s", oneOf(names))
			continue
		}
		checkSnapshot(ps, at, n.RestoreFrom[name])
	}
	seen := map[string]bool{}
	for i, name := range n.DeleteHomes {
		at := indexed(at+"deleteHomes", i)
		switch {
		case slices.Contains(names, name):
			ps.refuse(at, name, "is a notebook that people still has; take it out there first, and run up")
		case !isNotebook(name):
			ps.refuse(at, name, "is not a notebook's name; give one such as ken-2")
		}
		ps.twice(at, name, seen)
	}
}

// oneOf says which notebooks there are to choose from.
func oneOf(names []string) string {
	if len(names) == 0 {
		return "there is none"
	}
	return "choose " + list(names)
}

var notebookNumber = regexp.MustCompile(`^[1-9][0-9]?$`)

// isNotebook says whether a name could be that of a notebook: a person's and a number.
func isNotebook(name string) bool {
	i := strings.LastIndex(name, "-")
	return i > 0 && personName.MatchString(name[:i]) && notebookNumber.MatchString(name[i+1:])
}

// checkPackages wants a source that notebooks can reach, and whose address is safe to hand to a shell.
func checkPackages(ps *Problems, at, source, nat string) {
	scheme, _, _ := strings.Cut(source, "://")
	switch {
	case source == PackagesPyPI && nat == NATNone:
		ps.refuse(at, source, "cannot be reached with torii:network.nat none; give an index such as https://host/simple/, "+
			"a folder of wheels such as s3://bucket/wheels/, or %s with an image that has all in it", PackagesNone)
	case source == PackagesPyPI, source == PackagesNone:
	case scheme == "https" && isIndex(source):
	case scheme == "https":
		ps.refuse(at, source, "is not an index; give https, a host and a path that ends in /, without a port, a user or a query, "+
			"such as https://packages.example.jp/simple/")
	case scheme == "s3" && wheelFolder.MatchString(source):
	case scheme == "s3":
		ps.refuse(at, source, "is not a folder in S3; give one that ends in / such as s3://bucket/wheels/")
	default:
		ps.refuse(at, source, "is not allowed; choose %s, %s, an index such as https://host/simple/, "+
			"or a folder of wheels such as s3://bucket/wheels/", PackagesPyPI, PackagesNone)
	}
}

// isIndex says whether an address is one of HTTPS, on its own port, which is the only one that notebooks may talk to.
func isIndex(text string) bool {
	address, err := url.Parse(text)
	return err == nil && address.Scheme == "https" && isHostName(address.Host) && indexPath.MatchString(address.Path) &&
		text == "https://"+address.Host+address.Path
}
