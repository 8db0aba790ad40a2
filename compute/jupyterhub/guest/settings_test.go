package guest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettingsAreWrittenUnderTheNamesThatTheMachineReads(t *testing.T) {
	text, err := Settings{
		PublicURL:       "https://hub.example.jp/",
		Authenticator:   OIDC,
		Admins:          []string{"aiko"},
		Users:           []string{"ken", "lee"},
		ClientID:        "client",
		ClientSecretARN: "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:client-AbCdEf",
		Issuer:          "https://login.example.jp/",
		UsernameClaim:   "email",
		UserMemoryMiB:   2048,
		UserCPUs:        1.5,
		IdleMinutes:     60,
	}.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{"publicUrl":"https://hub.example.jp/","authenticator":"oidc","admins":["aiko"],"users":["ken","lee"],`+
		`"clientId":"client","clientSecretArn":"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:client-AbCdEf",`+
		`"issuer":"https://login.example.jp/","usernameClaim":"email","userMemoryMiB":2048,"userCpus":1.5,"idleMinutes":60}`, text)
}

func TestSettingsWithoutPeopleHaveEmptyLists(t *testing.T) {
	text, err := Settings{PublicURL: "https://hub.example.jp/", Authenticator: Native}.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{"publicUrl":"https://hub.example.jp/","authenticator":"native","admins":[],"users":[],`+
		`"userMemoryMiB":0,"userCpus":0,"idleMinutes":0}`, text)
}

func TestSettingsTakeNoMoreThanAParameterHolds(t *testing.T) {
	empty, err := Settings{Users: []string{""}}.JSON()
	require.NoError(t, err)
	room := maxSettings - len(empty)

	text, err := Settings{Users: []string{strings.Repeat("u", room)}}.JSON()
	require.NoError(t, err)
	assert.Len(t, text, 4096)

	_, err = Settings{Users: []string{strings.Repeat("u", room+1)}}.JSON()
	require.EqualError(t, err, "writing the hub's settings: they take 4097 bytes, and a parameter holds 4096; name fewer users and admins")
}
