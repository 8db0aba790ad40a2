package guest

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someInstance has values as long as AWS makes them.
var someInstance = Instance{
	Region:            "ap-northeast-1",
	VolumeID:          "vol-0123456789abcdef0",
	SettingsParameter: "/torii/production/data-science-hub/settings",
	SecretARN:         "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:data-science-hub-0123456-AbCdEf",
	LogGroup:          "/torii/production/data-science-hub-0123456",
}

func TestUserDataIsTheScriptCompressedAndFitsIntoEC2(t *testing.T) {
	data, err := UserData(someInstance)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(data), 16384)
	t.Logf("%d of 16384 bytes", len(data))

	reader, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	script, err := Script(someInstance)
	require.NoError(t, err)
	assert.Equal(t, script, string(content))
}

func TestUserDataIsTheSameEachTime(t *testing.T) {
	first, err := UserData(someInstance)
	require.NoError(t, err)
	second, err := UserData(someInstance)
	require.NoError(t, err)
	assert.Equal(t, first, second)

	// Neither a time nor a name in the header, which RFC 1952 puts at bytes 4 to 8 and behind a flag in byte 3.
	assert.Equal(t, []byte{0, 0, 0, 0, 0}, first[3:8])
}

func TestUserDataThatIsTooLongIsRefused(t *testing.T) {
	long := someInstance
	var noise bytes.Buffer // compresses to no less than a byte each
	for i := range uint32(8000) {
		noise.WriteRune(rune(0x4e00 + (i*2654435761>>7)%20000))
	}
	long.LogGroup = noise.String()
	_, err := UserData(long)
	require.ErrorContains(t, err, "compressing the hub's user data: it takes ")
	require.ErrorContains(t, err, " bytes, and EC2 takes 16384 at most")
}

func TestAnInstanceWithoutAValueIsRefused(t *testing.T) {
	_, err := UserData(Instance{Region: "ap-northeast-1", SecretARN: "arn", LogGroup: "log"})
	require.EqualError(t, err, "describing the hub's instance: VolumeID is empty\nSettingsParameter is empty")
}
