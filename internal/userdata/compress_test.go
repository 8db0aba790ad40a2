package userdata_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUserDataIsTheScriptCompressed(t *testing.T) {
	data, err := toy(hostile).UserData()
	require.NoError(t, err)
	reader, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	script, err := toy(hostile).Script()
	require.NoError(t, err)
	assert.Equal(t, script, string(content))
}

func TestUserDataIsTheSameEachTime(t *testing.T) {
	first, err := toy(hostile).UserData()
	require.NoError(t, err)
	second, err := toy(hostile).UserData()
	require.NoError(t, err)
	assert.Equal(t, first, second)

	// Neither a time nor a name in the header, which RFC 1952 puts at bytes 4 to 8 and behind a flag in byte 3.
	assert.Equal(t, []byte{0, 0, 0, 0, 0}, first[3:8])
}

func TestUserDataThatIsTooLongIsRefused(t *testing.T) {
	var noise bytes.Buffer // compresses to no less than a byte each
	for i := range uint32(8000) {
		noise.WriteRune(rune(0x4e00 + (i*2654435761>>7)%20000))
	}
	_, err := toy(noise.String()).UserData()
	require.ErrorContains(t, err, "compressing the toy's user data: it takes ")
	require.ErrorContains(t, err, " bytes, and EC2 takes 16384 at most")
}
