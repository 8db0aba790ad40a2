package operations

// entry is an entry of docs/runbook.md, by its heading.
type entry string

// Entries of the runbook: a test wants each of them there, and no other.
const (
	gate5xx            entry = "gate-5xx"
	wafBlocked         entry = "waf-blocked"
	noHealthyTarget    entry = "no-healthy-target"
	unhealthyTargets   entry = "unhealthy-targets"
	target5xx          entry = "target-5xx"
	latency            entry = "latency"
	hubLatency         entry = "hub-latency"
	tasksMissing       entry = "tasks-missing"
	hubHealth          entry = "hub-health"
	hubDisk            entry = "hub-disk"
	hubMemory          entry = "hub-memory"
	fleetBelowMinimum  entry = "fleet-below-minimum"
	natGatewayPorts    entry = "nat-gateway-ports"
	natGatewayDrops    entry = "nat-gateway-drops"
	natInstanceDown    entry = "nat-instance-down"
	snapshotsFailed    entry = "snapshots-failed"
	certificateExpires entry = "certificate-expires"
	selfSignedExpires  entry = "self-signed-expires"
)

// How a metric is compared, and what no data means, in CloudWatch's words.
const (
	above   = "GreaterThanThreshold"
	atLeast = "GreaterThanOrEqualToThreshold"
	below   = "LessThanThreshold"

	isWell    = "notBreaching" // nothing is reported where nothing happens
	isBad     = "breaching"    // what is well reports
	staysAsIs = "ignore"
)

// limit is when an alarm goes off: when the last so many periods were all beyond the threshold. Periods times their seconds
// are at most a day. Source: PutMetricAlarm in the CloudWatch API.
type limit struct {
	compare   string
	threshold float64
	seconds   int    // of one period
	periods   int    // that must all be beyond it
	missing   string // what a period without data counts as
	why       string // why this one
}

// leastErrors is how many errors there must be in a period before their share counts: one failed request of two at night
// wakes nobody.
const leastErrors = 10

// limits are the thresholds of all alarms. All metrics but certificates' and snapshots' come each minute, or from hubs every
// five.
var limits = map[entry]limit{
	gate5xx: {above, 5, 300, 2, isWell,
		"percent. Errors of the load balancer's own mean that nobody was there to answer; restarts of a single target stay below it."},
	target5xx: {above, 5, 300, 2, isWell,
		"percent. One page in twenty that fails for ten minutes is a fault, not somebody's odd request."},
	noHealthyTarget: {below, 1, 60, 5, isBad,
		"Everybody gets an error. Five minutes let a single machine be replaced by a faster one's hand."},
	unhealthyTargets: {atLeast, 1, 60, 15, isWell,
		"A new target may take minutes until it answers, a hub's machine fifteen; what is unwell longer does not heal by itself."},
	latency: {above, 2, 300, 3, isWell,
		"seconds until headers, of one request in twenty. People call a page slow from one second on; fifteen minutes are no spike."},
	hubLatency: {above, 15, 300, 3, isWell,
		"seconds until headers. JupyterHub lets whoever starts a server wait 10 s before it shows progress (slow_spawn_timeout)."},
	wafBlocked: {above, 1000, 300, 2, isWell,
		"requests in 5 minutes. The internet's noise at one address is tens; a scan or an attack is thousands, and so is a wrong rule."},
	tasksMissing: {atLeast, 1, 60, 10, isWell,
		"A task takes one to three minutes to come up; what is missing after ten fails each time it starts."},
	hubDisk: {above, 80, 300, 3, isWell,
		"percent. A volume can grow once in 6 hours; the rest is a few days for a team, and a full disk stops everybody at once."},
	hubMemory: {above, 90, 300, 3, isWell,
		"percent. Each server has a limit, the machine has less than their sum; beyond this, the kernel soon ends somebody's work."},
	hubHealth: {below, 1, 300, 3, isBad,
		"The hub reports every 5 minutes; who says nothing for 15 is as good as down. A new machine needs up to 15 to install."},
	fleetBelowMinimum: {below, 0, 60, 15, isBad,
		"The fleet's own minimum. A machine takes some minutes to start and to answer; after fifteen, those that start do not stay."},
	natGatewayPorts: {above, 0, 300, 3, isWell,
		"Connections failed as no port was free (55,000 to one destination); a burst is over in five minutes, a leak is not."},
	natGatewayDrops: {above, 100, 300, 3, isWell,
		"packets in 5 minutes. AWS drops a few now and then; more for a quarter of an hour is its fault, or too much traffic."},
	// One that ends itself before it is up may count for a moment, so that a single minute says nothing.
	natInstanceDown: {below, 1, 300, 3, isBad,
		"Without it nothing gets out. AWS has another in service in five or six minutes; a quarter of an hour with a gap in each " +
			"five minutes means that it does not manage to."},
	snapshotsFailed: {above, 0, 3600, 1, isWell,
		"One missing is a day of work at risk, and AWS has tried again for an hour by then."},
	// No data comes of one that has ended, so that the alarm stays as it is.
	certificateExpires: {below, 30, 86400, 1, staysAsIs,
		"days. ACM renews by itself in the last 60 days (45 of those that last 198): below 30 it has failed for two weeks or more."},
	selfSignedExpires: {below, 21, 86400, 1, staysAsIs,
		"days. The first `pulumi up` in the last 30 days makes a new one: below 21 there was none for nine days."},
}
