package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notice is something that a reviewer should know before approving.
type notice struct {
	stake stake
	text  string // Markdown: sentences
	first bool   // among those with the same stake
}

// details are what a deletion or a replacement of a type comes to with the settings that the resource has.
var details = map[string]func(change) string{
	"ebs/Volume":            lastOfVolume,
	"s3/Bucket":             lastOfBucket,
	"s3/BucketV2":           lastOfBucket,
	"secretsmanager/Secret": lastOfSecret,
	"kms/Key":               lastOfKey,
	"kms/ReplicaKey":        lastOfKey,
	"ec2/Eip":               lastOfAddress,
}

// noticesOf are what deserves to stand on top.
func (w words) noticesOf(changes []change) []notice {
	var all []notice
	templates := map[string]change{}
	for _, c := range changes {
		if short(c.token()) == "ec2/LaunchTemplate" {
			templates[c.urn] = c
		}
	}
	for _, c := range changes {
		if !c.real() {
			continue
		}
		switch c.kind {
		case deleted, replaced:
			if said, worth := w.gone(c); worth {
				all = append(all, said)
			}
		case changed:
			all = append(all, w.inPlace(c, templates)...)
		}
	}
	slices.SortStableFunc(all, func(a, b notice) int {
		switch {
		case a.first == b.first:
			return 0
		case a.first:
			return -1
		default:
			return 1
		}
	})
	return all
}

// gone is what a deletion or a replacement does, if it does anything that belongs on top.
func (w words) gone(c change) (notice, bool) {
	known := w.of(c.token())
	if known.Stake == "" {
		return notice{}, false
	}
	text := w.the(c)
	if c.kind == deleted {
		if c.old != nil && c.old.RetainOnDelete {
			return notice{known.Stake, text + " is forgotten by Pulumi and stays in AWS.", false}, true
		}
		text += " is **deleted**."
		text = sentence(text, known.Deleted)
	} else {
		text += " is **replaced**" + because(c.why()) + "."
		text = sentence(text, known.Replaced)
		if c.oldFirst {
			text = sentence(text, "The old one goes before the new one is there.")
		}
	}
	if detail, has := details[short(c.token())]; has {
		text = sentence(text, detail(c))
	}
	return notice{known.Stake, text, known.First}, true
}

// the is the beginning of a sentence about a resource.
func (w words) the(c change) string { return "The " + w.thing(c.token()) + " " + code(c.name()) }

// why are the properties that make the engine replace something. Some providers only say that their own record of it
// (__meta) differs; then it is whatever else does.
func (c change) why() []string {
	own := func(path string) bool { return strings.HasPrefix(path, "__") }
	var paths []string
	for path, difference := range c.diff {
		if strings.HasSuffix(difference.Kind, "-replace") && !own(path) {
			paths = append(paths, path)
		}
	}
	if len(paths) > 0 {
		return paths
	}
	if reasons := slices.DeleteFunc(slices.Clone(c.reasons), own); len(reasons) > 0 {
		return reasons
	}
	return slices.DeleteFunc(slices.Collect(maps.Keys(c.diff)), own)
}

// because says why something is replaced.
func because(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	var names []string
	for _, reason := range firstOf(slices.Sorted(slices.Values(reasons))) {
		names = append(names, code(reason))
	}
	if len(names) == 1 {
		return ", since its " + names[0] + " changes"
	}
	return ", since its " + several(names) + " change"
}

func sentence(text, next string) string {
	if next == "" {
		return text
	}
	return text + " " + next
}

// lastOfVolume says what is left of a volume.
func lastOfVolume(c change) string {
	text := "No last snapshot is taken."
	if c.old.is("finalSnapshot") {
		text = "AWS takes a last snapshot of it first."
	}
	if c.kind != replaced {
		return text
	}
	if c.new.input("snapshotId") != nil {
		return text + " The new one is made from a snapshot; what was written after that is not on it."
	}
	return text + " The new one is empty."
}

// lastOfBucket says what becomes of the objects: AWS refuses to delete a bucket that has any.
func lastOfBucket(c change) string {
	if c.old.is("forceDestroy") {
		return "All objects in it are lost."
	}
	return "AWS refuses that as long as there are objects in it."
}

// lastOfSecret says how long a secret can be had back.
func lastOfSecret(c change) string {
	days, given := c.old.number("recoveryWindowInDays")
	if !given {
		days = 30 // AWS's
	}
	if days == 0 {
		return "It cannot be restored."
	}
	return fmt.Sprintf("It can be restored for %s.", count(int(days), "day"))
}

// lastOfKey says how long a deletion can be called off.
func lastOfKey(c change) string {
	days, given := c.old.number("deletionWindowInDays")
	if !given {
		days = 30 // AWS's
	}
	return fmt.Sprintf("AWS waits %s, in which that can be called off.", count(int(days), "day"))
}

// lastOfAddress says which address it is.
func lastOfAddress(c change) string {
	if c.old == nil {
		return ""
	}
	address, known := plain(c.old.Outputs["publicIp"])
	if !known {
		return ""
	}
	return "It is " + code(address) + "."
}
