//go:build integration && linux

package guest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/require"

	hub "torii/compute/jupyterhub/guest"
)

// dimensions are those of the hub's metrics.
func (s *hubSite) dimensions() []cloudwatchtypes.Dimension {
	return []cloudwatchtypes.Dimension{
		{Name: aws.String("Stack"), Value: &s.instance.Stack},
		{Name: aws.String("Workload"), Value: &s.instance.Workload},
	}
}

// measured lets the machine send its metrics now, and returns those that CloudWatch has got.
func (h *hubTest) measured(t *testing.T) map[string]float64 {
	t.Helper()
	since := time.Now().Truncate(time.Second).Add(time.Second) // the local AWS looks at whole seconds
	time.Sleep(time.Until(since))
	run(t, h.m.Machine, "systemctl", "start", "torii-metrics")
	h.measurements++
	found := map[string]float64{}
	for _, name := range []string{"HomeDiskUsedPercent", "MemoryUsedPercent", "ActiveUsers", "RunningServers", "Healthy"} {
		statistics, err := h.metrics.GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
			Namespace: aws.String(hub.MetricsNamespace), MetricName: &name, Dimensions: h.dimensions(),
			StartTime: &since, EndTime: aws.Time(time.Now().Add(2 * time.Second)), Period: aws.Int32(300),
			Statistics: []cloudwatchtypes.Statistic{cloudwatchtypes.StatisticMaximum},
		})
		require.NoError(t, err)
		for _, point := range statistics.Datapoints {
			found[name] = *point.Maximum
		}
	}
	t.Logf("metrics: %v", found)
	return found
}

// newHubIsMeasured checks the metrics of a hub that nobody has seen yet.
func (h *hubTest) newHubIsMeasured(t *testing.T) {
	found := h.measured(t)
	require.Len(t, found, 5)
	require.Equal(t, 1.0, found["Healthy"])
	require.Zero(t, found["ActiveUsers"])
	require.Zero(t, found["RunningServers"])
	require.Greater(t, found["HomeDiskUsedPercent"], 0.0)
	require.Less(t, found["HomeDiskUsedPercent"], 20.0)

	// There is nothing else in the namespace, and nothing under other dimensions.
	listed, err := h.metrics.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: aws.String(hub.MetricsNamespace)})
	require.NoError(t, err)
	require.Len(t, listed.Metrics, 5)
	for _, metric := range listed.Metrics {
		require.ElementsMatch(t, h.dimensions(), metric.Dimensions, *metric.MetricName)
	}
}

// runningServerIsMeasured checks that a server counts as soon as it runs.
func (h *hubTest) runningServerIsMeasured(t *testing.T) {
	require.Equal(t, 1.0, h.measured(t)["RunningServers"])
}

// usedHubIsMeasured checks the metrics of a hub in which aiko's server runs and ken has only looked around.
func (h *hubTest) usedHubIsMeasured(t *testing.T) {
	before := h.measured(t)
	require.Equal(t, 2.0, before["ActiveUsers"])
	require.Equal(t, 1.0, before["RunningServers"])
	require.Equal(t, 1.0, before["Healthy"])

	// Other machines of the same memory make that an estimate.
	const ask = `awk '/^MemTotal/{all=$2} /^MemAvailable/{print 100 - 100 * $2 / all}' /proc/meminfo`
	used, err := strconv.ParseFloat(run(t, h.m.Machine, "/bin/sh", "-c", ask), 64)
	require.NoError(t, err)
	require.InDelta(t, used, before["MemoryUsedPercent"], 15)

	// 300 MiB of a volume of 1024.
	run(t, h.m.Machine, "fallocate", "--length=300MiB", "/data/large")
	after := h.measured(t)
	run(t, h.m.Machine, "rm", "/data/large")
	require.InDelta(t, 30, after["HomeDiskUsedPercent"]-before["HomeDiskUsedPercent"], 3)
}

// stoppedHubIsMeasured checks that the machine speaks for itself while there is no hub.
func (h *hubTest) stoppedHubIsMeasured(t *testing.T) {
	run(t, h.m.Machine, "systemctl", "stop", "torii-hub")
	found := h.measured(t)
	run(t, h.m.Machine, "systemctl", "start", "torii-hub")
	h.healthy(t)
	require.Contains(t, found, "Healthy")
	require.Zero(t, found["Healthy"])
	require.NotContains(t, found, "ActiveUsers")
	require.NotContains(t, found, "RunningServers")
	require.Greater(t, found["HomeDiskUsedPercent"], 0.0)
	require.Greater(t, found["MemoryUsedPercent"], 0.0)
	require.Equal(t, 1.0, h.measured(t)["Healthy"])
}

// onlyMetricsByItsToken checks that the token that reads JupyterHub's numbers reads nothing else.
func (h *hubTest) onlyMetricsByItsToken(t *testing.T) {
	token := h.secret().MetricsToken
	for path, want := range map[string]int{"/hub/metrics": 200, "/hub/api/users": 403, "/hub/api/proxy": 403, "/hub/api/services": 403} {
		require.Equal(t, want, h.statusWith(t, path, token), path)
	}
}

// timerMeasures checks that metrics come without anybody's asking, each five minutes.
func (h *hubTest) timerMeasures(t *testing.T) {
	require.Eventually(t, func() bool { return h.actions(t)["cloudwatch:PutMetricData"] > h.measurements }, 6*time.Minute, time.Second)
	require.Contains(t, h.value(t, "torii-metrics.timer", "TimersCalendar"), "OnCalendar=*-*-* *:02/5:00")
}
