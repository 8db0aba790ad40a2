package localaws_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"torii/internal/localaws"
)

func TestResourcesOfTwoAddUp(t *testing.T) {
	both := localaws.Resources{"ec2": {"Volume": {"vol-1"}}}
	both.Add(localaws.Resources{"ec2": {"Volume": {"vol-2"}, "Vpc": {"vpc-1"}}, "s3": {"FakeBucket": {"logs"}}})
	assert.Equal(t, localaws.Resources{
		"ec2": {"Volume": {"vol-1", "vol-2"}, "Vpc": {"vpc-1"}}, "s3": {"FakeBucket": {"logs"}},
	}, both)
	assert.Equal(t, 4, both.Count())
}
