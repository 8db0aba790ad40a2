package session

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"torii/internal/account"
	"torii/internal/recorder"
	"torii/internal/tags"
)

func program(idle, longest int) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewPreferences(ctx, "session-preferences", &PreferencesArgs{
			IdleMinutes: idle, MaxMinutes: longest, Tags: tags.ForStack("torii", "test"),
			Cloud: account.Place{Partition: "aws", Region: recorder.Region, AccountID: recorder.AccountID},
		})
		return err
	}
}

func TestPreferences(t *testing.T) {
	recording := recorder.MustRun(t, "test", nil, program(20, 720))
	assert.Len(t, recording.All(), 3)
	document := recording.One(t, "aws:ssm/document:Document", "session-preferences")
	assert.Equal(t, "SSM-SessionManagerRunShell", document.Input("name"), "another name would be obeyed by nobody")
	assert.Equal(t, "Session", document.Input("documentType"))
	assert.Equal(t, `{"schemaVersion":"1.0","description":"Session Manager preferences, made by Torii",`+
		`"sessionType":"Standard_Stream","inputs":{`+
		`"kmsKeyId":"arn:aws:recorded:ap-northeast-1:123456789012:aws:kms/key:Key/session-preferences",`+
		`"runAsEnabled":false,"idleSessionTimeout":"20","maxSessionDuration":"720"}}`, document.Input("content"))
	assert.True(t, document.DeleteBeforeReplace)
	key := recording.One(t, "aws:kms/key:Key", "session-preferences")
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"IAMDecides","Effect":"Allow",`+
		`"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":["kms:*"],"Resource":["*"]}]}`, key.Input("policy"))
	assert.Equal(t, true, key.Input("enableKeyRotation"))
	assert.Equal(t, 7.0, key.Input("deletionWindowInDays"))
	for _, each := range recording.All() {
		if each.Custom {
			assert.Contains(t, each.Parent, "torii:session:Preferences", each.Name)
		}
	}
}

func TestTimesOutOfRangeAreRefused(t *testing.T) {
	const idle = "creating session preferences: idle sessions end after 1 to 60 minutes"
	const longest = "creating session preferences: sessions end after 1 to 1440 minutes"
	for _, c := range []struct {
		idle, longest int
		want          string
	}{
		{0, 720, idle}, {61, 720, idle}, {20, 0, longest}, {20, 1441, longest}, {1, 1, ""}, {60, 1440, ""},
	} {
		recording, err := recorder.Run("test", nil, program(c.idle, c.longest))
		if c.want == "" {
			assert.NoError(t, err, "%d, %d", c.idle, c.longest)
			continue
		}
		assert.ErrorContains(t, err, c.want)
		assert.Empty(t, recording.All())
	}
}
