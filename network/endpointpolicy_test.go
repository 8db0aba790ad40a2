package network

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const ownPrincipalsText = `{"Sid":"OwnPrincipals","Effect":"Allow","Principal":{"AWS":["*"]},"Action":["*"],"Resource":["*"],` +
	`"Condition":{"StringEquals":{"aws:PrincipalAccount":["123456789012"]}}}`

func TestEndpointsAreForTheAccountsOwn(t *testing.T) {
	text, err := endpointPolicy("123456789012")
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+ownPrincipalsText+`]}`, text)
}

func TestOthersOnlyReadThroughTheS3Endpoint(t *testing.T) {
	text, err := s3EndpointPolicy("123456789012", "vpc-1")
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+ownPrincipalsText+`,`+
		`{"Sid":"OthersRead","Effect":"Allow","Principal":{"AWS":["*"]},`+
		`"Action":["s3:GetObject","s3:GetObjectVersion","s3:GetBucketLocation","s3:ListBucket"],"Resource":["*"],`+
		`"Condition":{"StringEquals":{"aws:SourceVpc":["vpc-1"]}}}]}`, text)
}
