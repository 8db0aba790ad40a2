package guest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someInstance has values as long as AWS makes them.
var someInstance = Instance{
	Region:            "ap-northeast-1",
	VolumeID:          "vol-0123456789abcdef0",
	SettingsParameter: "/torii/production/data-science-hub/settings",
	SecretsParameter:  "/torii/production/data-science-hub/secrets",
	SecretsKey:        "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	LogGroup:          "/torii/production/data-science-hub-0123456",
	Stack:             "torii-production",
	Workload:          "data-science-hub",
}

// atLastCount is how long the hub's user data was when somebody last looked, of 16384 bytes.
const atLastCount = 16191

func TestUserDataFitsIntoEC2(t *testing.T) {
	data, err := UserData(someInstance)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(data), 16384)
	assert.InDelta(t, atLastCount, len(data), 64, "say what it takes now: what is left is room for values and for the next change")
	t.Logf("%d of 16384 bytes", len(data))
}

func TestAnInstanceWithoutAValueIsRefused(t *testing.T) {
	const want = "describing the hub's instance: VolumeID is empty\nSettingsParameter is empty\nSecretsParameter is empty\n" +
		"SecretsKey is empty\nWorkload is empty"
	i := Instance{Region: "ap-northeast-1", LogGroup: "log", Stack: "a-b"}
	_, err := UserData(i)
	require.EqualError(t, err, want)
	_, err = Script(i)
	require.EqualError(t, err, want)
}
