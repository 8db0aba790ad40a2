//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkBoundaries wants every role of the account in the boundary's path and under it.
func checkBoundaries(t *testing.T, c clients, name string, roles int) {
	listed, err := c.iam.ListRoles(t.Context(), &iam.ListRolesInput{})
	require.NoError(t, err)
	require.Len(t, listed.Roles, roles)
	for _, each := range listed.Roles {
		assert.Equal(t, "/"+name+"/", aws.ToString(each.Path), aws.ToString(each.RoleName))
		role, err := c.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: each.RoleName})
		require.NoError(t, err)
		if assert.NotNil(t, role.Role.PermissionsBoundary, aws.ToString(each.RoleName)) {
			assert.Equal(t, "arn:aws:iam::123456789012:policy/"+name, aws.ToString(role.Role.PermissionsBoundary.PermissionsBoundaryArn))
		}
	}
}
