package check

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
)

// trail asks whether sessions are being recorded, where the stack has a trail of its own.
func (a *asker) trail(ctx context.Context) ([]Finding, error) {
	if a.Outputs.TrailARN == "" {
		return nil, nil
	}
	status, err := a.AWS.Trails.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(a.Outputs.TrailARN)})
	if err != nil {
		return nil, fmt.Errorf("asking for the trail: %w", err)
	}
	return []Finding{judgeTrail(*status)}, nil
}

func judgeTrail(status cloudtrail.GetTrailStatusOutput) Finding {
	const what = "trail"
	switch {
	case !aws.ToBool(status.IsLogging):
		why := "it does not log, so that nobody is told of sessions"
		if status.StopLoggingTime != nil {
			why += "; stopped on " + status.StopLoggingTime.UTC().Format(time.DateOnly)
		}
		return failed(what, why, "find out who stopped it; pulumi up --refresh starts it again")
	case aws.ToString(status.LatestDeliveryError) != "":
		return failed(what, "it cannot write to its bucket: "+aws.ToString(status.LatestDeliveryError),
			"look at the bucket and its policy; pulumi up --refresh puts the stack's back")
	}
	return fine(what, "it logs")
}
