package fargate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fargate"
)

func TestDefinitionsAreCanonical(t *testing.T) {
	text, err := fargate.Definitions(fargate.Container{
		Name: "site", Image: "nginx:1.28.0", Port: 80, ReadOnly: true,
		WritablePaths: []string{"/tmp", "/run"},
		Environment:   map[string]string{"B": "2", "A": "1"},
		Secrets:       map[string]string{"TOKEN": "arn:t", "KEY": "arn:k"},
		LogGroup:      "site-1", Region: "ap-northeast-1",
	})
	require.NoError(t, err)
	assert.Equal(t, `[{"name":"site","image":"nginx:1.28.0","essential":true,`+
		`"portMappings":[{"containerPort":80,"hostPort":80,"protocol":"tcp"}],`+
		`"readonlyRootFilesystem":true,`+
		`"mountPoints":[{"containerPath":"/run","readOnly":false,"sourceVolume":"writable-run"},`+
		`{"containerPath":"/tmp","readOnly":false,"sourceVolume":"writable-tmp"}],`+
		`"environment":[{"name":"A","value":"1"},{"name":"B","value":"2"}],`+
		`"secrets":[{"name":"KEY","valueFrom":"arn:k"},{"name":"TOKEN","valueFrom":"arn:t"}],`+
		`"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"site-1",`+
		`"awslogs-region":"ap-northeast-1","awslogs-stream-prefix":"site"}},`+
		`"volumesFrom":[],"systemControls":[]}]`, text)
}

func TestVolumes(t *testing.T) {
	assert.Equal(t, []fargate.Volume{
		{Name: "writable-srv-a--b", Path: "/srv/a-b"},
		{Name: "writable-srv-a-b", Path: "/srv/a/b"},
	}, fargate.Volumes(fargate.Container{ReadOnly: true, WritablePaths: []string{"/srv/a/b", "/srv/a-b"}}))
	assert.Empty(t, fargate.Volumes(fargate.Container{ReadOnly: false, WritablePaths: []string{"/tmp"}}))
}

const logGroup = "arn:aws:logs:ap-northeast-1:123456789012:log-group:site-1"

func TestExecutionPolicyOfAPublicImageWritesLogsOnly(t *testing.T) {
	text, err := fargate.ExecutionPolicy("aws", logGroup, "public.ecr.aws/docker/library/nginx:1.28.0", nil)
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"WriteOwnLogs","Effect":"Allow",`+
		`"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["`+logGroup+`:*"]}]}`, text)
}

func TestExecutionPolicyOfAPrivateImageWithSecrets(t *testing.T) {
	text, err := fargate.ExecutionPolicy("aws", logGroup+":*",
		"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/team/site@sha256:0123",
		map[string]string{
			"TOKEN": "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:t-AbCdEf:key::",
			"OTHER": "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:t-AbCdEf",
			"KEY":   "arn:aws:ssm:ap-northeast-1:123456789012:parameter/k",
		})
	require.NoError(t, err)
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[`+
		`{"Sid":"WriteOwnLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["`+logGroup+`:*"]},`+
		`{"Sid":"LogInToECR","Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":["*"]},`+
		`{"Sid":"PullOwnImage","Effect":"Allow",`+
		`"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],`+
		`"Resource":["arn:aws:ecr:ap-northeast-1:123456789012:repository/team/site"]},`+
		`{"Sid":"ReadSecrets","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],`+
		`"Resource":["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:t-AbCdEf"]},`+
		`{"Sid":"ReadParameters","Effect":"Allow","Action":["ssm:GetParameters"],`+
		`"Resource":["arn:aws:ssm:ap-northeast-1:123456789012:parameter/k"]}]}`, text)
}
