//go:build integration

package fleet_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet"
	"torii/internal/localaws"
	"torii/internal/localdeploy"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/internal/toolchain"
)

// TestIdentityIsKeptAndChanges deploys an identity with the real engine and provider, and
// reads back what machines would.
func TestIdentityIsKeptAndChanges(t *testing.T) {
	kit, err := toolchain.Ensure(t.Context(), recorder.Root(), toolchain.Options{Progress: t.Output()})
	require.NoError(t, err)
	dir := t.TempDir()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer, Launcher: filepath.Join(recorder.Root(), "tools", "moto", "server.py"), Dir: filepath.Join(dir, "aws"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	baseline, err := server.Resources(t.Context())
	require.NoError(t, err)
	client := ssm.New(ssm.Options{
		Region: "ap-northeast-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	args := fleet.IdentityArgs{
		Path: "/torii/live/web", ServerKey: pulumi.String("key\n"), ServerCertificate: pulumi.String("certificate\n"),
		ClientAuthorities: pulumi.String("authority\n"), RevocationLists: pulumi.ToStringArray([]string{"first\n"}),
		Tags: tags.ForStack("torii", "live"),
	}
	spec := localdeploy.Spec{
		Stack: "live", Dir: dir, Kit: kit, Server: server, Progress: t.Output(), Project: []byte("name: torii\nruntime: go\n"),
		Settings: []byte("config:\n  aws:region: ap-northeast-1\n"),
		Program: func(ctx *pulumi.Context) error {
			given := args
			_, err := fleet.NewIdentity(ctx, "web", &given)
			return err
		},
	}
	up := func() localdeploy.Result {
		result, err := localdeploy.Up(t.Context(), spec)
		require.NoError(t, err)
		return result
	}
	read := func() map[string]ssmtypes.Parameter {
		found, err := client.GetParameters(t.Context(), &ssm.GetParametersInput{WithDecryption: aws.Bool(true), Names: []string{
			"/torii/live/web/server-key", "/torii/live/web/server-certificate", "/torii/live/web/client-authorities", "/torii/live/web/revocation-lists",
		}})
		require.NoError(t, err)
		all := map[string]ssmtypes.Parameter{}
		for _, each := range found.Parameters {
			all[strings.TrimPrefix(*each.Name, "/torii/live/web/")] = each
		}
		return all
	}

	up()
	made := read()
	require.Len(t, made, 4)
	require.Equal(t, ssmtypes.ParameterTypeSecureString, made["server-key"].Type)
	require.Equal(t, "key\n", *made["server-key"].Value)
	require.Equal(t, ssmtypes.ParameterTypeString, made["revocation-lists"].Type)
	require.Equal(t, "first\n", *made["revocation-lists"].Value)

	// AWS answers with the tier that it took, which the local one does not.
	_, err = client.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String("/torii/live/web/revocation-lists"), Value: aws.String("first\n"), Type: ssmtypes.ParameterTypeString,
		Overwrite: aws.Bool(true), Tier: ssmtypes.ParameterTierStandard,
	})
	require.NoError(t, err)
	preview, err := localdeploy.Preview(t.Context(), spec)
	require.NoError(t, err)
	require.True(t, preview.Same)

	// A list that has grown past the standard tier asks for the tier that fits.
	longer := strings.Repeat("list\n", 1000)
	args.RevocationLists = pulumi.ToStringArray([]string{longer})
	args.ServerKey = pulumi.String("another key\n")
	require.Equal(t, map[string]int{"same": 4, "update": 2}, up().Changes)
	made = read()
	require.Equal(t, longer, *made["revocation-lists"].Value)
	require.Equal(t, "another key\n", *made["server-key"].Value)
	about, err := client.DescribeParameters(t.Context(), &ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
		{Key: aws.String("Name"), Values: []string{"/torii/live/web/revocation-lists"}},
	}})
	require.NoError(t, err)
	require.Equal(t, ssmtypes.ParameterTierIntelligentTiering, about.Parameters[0].Tier)

	_, err = localdeploy.Destroy(t.Context(), spec)
	require.NoError(t, err)
	left, err := server.Resources(t.Context())
	require.NoError(t, err)
	require.Equal(t, baseline, left)
}
