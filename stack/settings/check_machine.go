package settings

import (
	"regexp"
	"slices"
	"strings"
)

// Limits of a machine that people keep their work on. Source of the volume's: gp3 in the EBS user guide, of which 16384
// GiB are allowed in every account.
const (
	minHomeGiB      = 10
	maxHomeGiB      = 16384
	maxSnapshotDays = 365
	minIdleMinutes  = 10
	maxIdleMinutes  = 7 * 24 * 60
)

var (
	instanceType = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z0-9-]+$`)
	imageWord    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,31}$`)
	imageID      = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)
	snapshotID   = regexp.MustCompile(`^snap-[0-9a-f]{8,17}$`)
)

func checkInstanceType(ps *Problems, at, text string) {
	if !instanceType.MatchString(text) {
		ps.refuse(at, text, "is not an EC2 instance type; give one such as t3.large")
	}
}

// checkMachineImage wants an image that is looked up once, or one by its id.
func checkMachineImage(ps *Problems, at, text string) {
	if word, newest := strings.CutPrefix(text, NewestImage); !imageID.MatchString(text) && (!newest || !imageWord.MatchString(word)) {
		ps.refuse(at, text, "is not allowed; give %s and a word such as %s2026-11, or an AMI such as ami-0123456789abcdef0",
			NewestImage, NewestImage)
	}
}

// checkZone wants a zone in which the network has a subnet, or none.
func checkZone(ps *Problems, at, zone string, zones []string) {
	if zone != "" && !slices.Contains(zones, zone) {
		ps.refuse(at, zone, "is not in torii:network.zones; choose %s", list(zones))
	}
}

func checkHomeGiB(ps *Problems, at string, gib int) {
	if gib < minHomeGiB || gib > maxHomeGiB {
		ps.refuse(at, gib, "is not allowed; choose %d to %d", minHomeGiB, maxHomeGiB)
	}
}

func checkSnapshotDays(ps *Problems, at string, days int) {
	if days < 1 || days > maxSnapshotDays {
		ps.refuse(at, days, "is not allowed; choose 1 to %d", maxSnapshotDays)
	}
}

func checkSnapshot(ps *Problems, at, text string) {
	if !snapshotID.MatchString(text) {
		ps.refuse(at, text, "is not a snapshot; give one such as snap-0123456789abcdef0")
	}
}

func checkIdleMinutes(ps *Problems, at string, minutes int) {
	if minutes != 0 && (minutes < minIdleMinutes || minutes > maxIdleMinutes) {
		ps.refuse(at, minutes, "is not allowed; choose %d to %d, or 0 for never", minIdleMinutes, maxIdleMinutes)
	}
}
