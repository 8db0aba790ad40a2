package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// alarmsCanGoOff wants of alarms what AWS takes without a word and what then never rings: a metric and a statistic, or an
// expression; dimensions by name and not by ARN; a word on silence; somebody to tell.
func alarmsCanGoOff(t *testing.T, all []recorder.Resource) {
	found := of(all, "aws:cloudwatch/metricAlarm:MetricAlarm")
	require.Equal(t, len(of(all, "aws:sns/topic:Topic")) > 0, len(found) > 0, "alarms and somebody to tell, or neither")
	for _, alarm := range found {
		assert.NotNil(t, alarm.Input("treatMissingData"), alarm.Name)
		actions, _ := alarm.Input("alarmActions").([]any)
		assert.Len(t, actions, 1, alarm.Name)
		seconds, _ := alarm.Input("period").(float64)
		if queries, isExpression := alarm.Input("metricQueries").([]any); isExpression {
			returned := 0
			for i := range queries {
				at := func(path string) any { return alarm.Input(fmt.Sprintf("metricQueries[%d].%s", i, path)) }
				assert.NotEqual(t, at("expression") == nil, at("metric") == nil, "%s: one of the two", alarm.Name)
				if at("returnData") == true {
					returned++
				}
				if at("metric") != nil {
					seconds, _ = at("metric.period").(float64)
					dimensionsHaveNames(t, alarm.Name, at("metric.dimensions"))
				}
			}
			assert.Equal(t, 1, returned, alarm.Name)
			assert.Nil(t, alarm.Input("metricName"), alarm.Name)
		} else {
			assert.NotEqual(t, alarm.Input("statistic") == nil, alarm.Input("extendedStatistic") == nil, "%s: one of the two", alarm.Name)
			dimensionsHaveNames(t, alarm.Name, alarm.Input("dimensions"))
		}
		assert.Positive(t, seconds, alarm.Name)
		assert.LessOrEqual(t, seconds*alarm.Input("evaluationPeriods").(float64), 86400.0, alarm.Name)
	}
}

func dimensionsHaveNames(t *testing.T, alarm string, value any) {
	dimensions, _ := value.(map[string]any)
	assert.NotEmpty(t, dimensions, alarm)
	for name, value := range dimensions {
		assert.NotEmpty(t, value, "%s: %s", alarm, name)
		if name != "CertificateArn" { // the one metric that asks for an ARN
			assert.False(t, strings.HasPrefix(fmt.Sprint(value), "arn:"), "%s: %s is %v", alarm, name, value)
		}
	}
}
