package cost

import (
	"encoding/json"
	"slices"

	"torii/internal/tags"
)

// machine is what an instance costs by, wherever it is written down.
type machine struct {
	of           Resource // that bills are told of
	instanceType string
	count        float64 // how many there are
	hours        float64 // that each runs in a month
	disks        []map[string]any
	monitored    bool // each minute
	public       bool // has a public address that AWS gives
}

// machines puts machines and what belongs to them on the bill. Disks of machines that stop
// stay; those of machines that end go with them.
func (l *ledger) machines(m machine, diskHours float64) {
	if m.count == 0 {
		return
	}
	detail := times(m.of.Name, m.count)
	price, known := l.prices.Instances[m.instanceType]
	switch {
	case m.instanceType == "":
		l.lack(m.of, "is of a type that is not known")
	case !known:
		l.lack(m.of, "is of type "+m.instanceType+", which has no price here")
	default:
		item, order := l.prices.item(instanceKey)
		l.put(instanceKey+" "+m.instanceType,
			amount{order: order, what: item.What + " " + m.instanceType, unit: item.Unit, price: price}, m.count*m.hours, detail)
	}
	share := diskHours / l.prices.Basis.HoursPerMonth
	if len(m.disks) == 0 {
		l.lack(m.of, "has a disk as large as its image says, which is not known")
	}
	for _, disk := range m.disks {
		kind := text(disk["volumeType"])
		l.disk(m.of, kind, disk["volumeSize"], m.count, share)
		if kind == "gp3" {
			l.faster(m.of, disk, m.count*share)
		}
	}
	if m.monitored {
		l.add("detailed-metric", m.count*l.prices.Basis.MetricsPerInstance*m.hours/l.prices.Basis.HoursPerMonth, detail)
	}
	if m.public {
		l.add("public-ipv4", m.count*m.hours, detail)
	}
}

// instance bills an instance that no group looks after.
func (l *ledger) instance(r Resource) {
	m := machine{
		of: r, instanceType: text(value(r.Inputs, "instanceType")), count: 1, hours: l.prices.Basis.HoursPerMonth,
		monitored: isTrue(value(r.Inputs, "monitoring")), public: isTrue(value(r.Inputs, "associatePublicIpAddress")),
	}
	if l.stopsWhenIdle(r) {
		m.hours = l.prices.Basis.NotebookHours
	}
	if root, given := value(r.Inputs, "rootBlockDevice").(map[string]any); given {
		m.disks = append(m.disks, root)
	}
	for _, disk := range list(value(r.Inputs, "ebsBlockDevices")) {
		if disk, given := disk.(map[string]any); given {
			m.disks = append(m.disks, disk)
		}
	}
	l.machines(m, l.prices.Basis.HoursPerMonth)
}

// stopsWhenIdle tells notebooks that power themselves off: they stay when they do, and the
// parameter that they read says after how many minutes.
func (l *ledger) stopsWhenIdle(r Resource) bool {
	if text(value(r.Inputs, "instanceInitiatedShutdownBehavior")) != "stop" {
		return false
	}
	return slices.ContainsFunc(l.behind(r, "aws:ssm/parameter"), func(parameter Resource) bool {
		var settings struct{ IdleMinutes float64 }
		written := text(value(parameter.Inputs, "insecureValue"))
		return json.Unmarshal([]byte(written), &settings) == nil && settings.IdleMinutes > 0
	})
}

// group bills an Auto Scaling group at its smallest, or one machine for some hours where
// that is none.
func (l *ledger) group(r Resource) {
	template, found := l.template(r)
	if !found {
		l.lack(r, "has machines, and no launch template that is known")
		return
	}
	least, known := number(value(r.Inputs, "minSize"))
	if !known {
		l.lack(r, "has machines, and it is not known how many")
		return
	}
	if most, known := number(value(r.Inputs, "maxSize")); known && most == 0 {
		return
	}
	m := machine{
		of: r, instanceType: text(value(template.Inputs, "instanceType")), count: least, hours: l.prices.Basis.HoursPerMonth,
		monitored: isTrue(value(template.Inputs, "monitoring", "enabled")),
		public:    isTrue(value(template.Inputs, "networkInterfaces", 0, "associatePublicIpAddress")),
	}
	if least == 0 {
		m.count, m.hours = 1, l.prices.Basis.StartedHours
	}
	for i := range list(value(template.Inputs, "blockDeviceMappings")) {
		if disk, given := value(template.Inputs, "blockDeviceMappings", i, "ebs").(map[string]any); given {
			m.disks = append(m.disks, disk)
		}
	}
	l.machines(m, m.hours)
	if isHub(template) {
		l.add("custom-metric", l.prices.Basis.MetricsPerHub, times(r.Name, l.prices.Basis.MetricsPerHub))
	}
}

// isHub tells hubs' machines, which send metrics of their own, by the tag with which they
// attach a volume of homes. Nothing that a deployment makes stands for a metric.
func isHub(template Resource) bool {
	for i := range list(value(template.Inputs, "tagSpecifications")) {
		if text(value(template.Inputs, "tagSpecifications", i, "resourceType")) == "instance" {
			return value(template.Inputs, "tagSpecifications", i, "tags", tags.DataKey) != nil
		}
	}
	return false
}

// template is what a group starts machines from.
func (l *ledger) template(group Resource) (Resource, bool) {
	if value(group.Inputs, "mixedInstancesPolicy") != nil {
		return Resource{}, false
	}
	found := l.behind(group, "aws:ec2/launchTemplate")
	if len(found) == 1 {
		return found[0], true
	}
	// It waits for other groups' machines too: its own template bears its name.
	at := slices.IndexFunc(found, func(each Resource) bool { return each.Name == group.Name })
	if at < 0 {
		return Resource{}, false
	}
	return found[at], true
}
