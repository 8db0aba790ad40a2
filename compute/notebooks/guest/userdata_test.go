package guest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someInstance has values as long as AWS makes them.
var someInstance = Instance{
	Region:            "ap-northeast-1",
	Notebook:          "ken-2",
	VolumeID:          "vol-0123456789abcdef0",
	TokenParameter:    "/torii/production/data-science-lab/ken/2/token",
	TokenKey:          "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	SettingsParameter: "/torii/production/data-science-lab/settings",
	Packages:          PyPI,
}

func TestUserDataFitsIntoEC2AndIsTheSameEachTime(t *testing.T) {
	data, err := UserData(from("https://pypi.internal.example.jp/repository/python/simple/"))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(data), 16384)
	t.Logf("%d of 16384 bytes", len(data))

	again, err := UserData(from("https://pypi.internal.example.jp/repository/python/simple/"))
	require.NoError(t, err)
	assert.Equal(t, data, again)
}

func TestAnInstanceWithoutAValueIsRefused(t *testing.T) {
	want := "describing the notebook's instance: Notebook is empty\nTokenKey is empty\nSettingsParameter is empty\n" +
		`packages cannot come from "": give pypi, none, https://host/simple/ or s3://bucket/prefix/`
	i := Instance{Region: "ap-northeast-1", VolumeID: "vol-1", TokenParameter: "/t"}
	_, err := Script(i)
	require.EqualError(t, err, want)
	_, err = UserData(i)
	require.EqualError(t, err, want)
}

func TestPackagesComeFromKnownKindsOfPlacesOnly(t *testing.T) {
	for _, good := range []string{"pypi", "none", "https://pypi.example.jp/simple/", "https://h:8443/simple", "s3://bucket/", "s3://b/a/b/"} {
		_, err := Script(from(good))
		assert.NoError(t, err, good)
	}
	for _, bad := range []string{
		"PyPI", "http://pypi.example.jp/simple/", "https://", "https:///simple/", "s3://bucket", "s3://bucket/prefix", "file:///wheels/",
		"https://user:secret@pypi.example.jp/simple/", "https://h/simple/?a=b", "https://h/simple/#a", "https://h/a b/", "https://h/%0a/",
		"https://h/\nextra-index-url = https://evil.example/", "s3://bucket/$(id)/", "s3://bucket/'/", "--index-url",
	} {
		_, err := Script(from(bad))
		assert.ErrorContains(t, err, "packages cannot come from ", bad)
	}
}

func TestSettingsAreWrittenUnderTheNameThatTheMachineReads(t *testing.T) {
	text, err := Settings{IdleMinutes: 60}.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{"idleMinutes":60}`, text)
	text, err = Settings{}.JSON()
	require.NoError(t, err)
	assert.Equal(t, `{"idleMinutes":0}`, text)
	_, err = Settings{IdleMinutes: -1}.JSON()
	require.EqualError(t, err, "writing the notebooks' settings: -1 idle minutes are less than none")
}
