package localdeploy

import (
	"slices"
	"testing"
)

func TestEngineEnvironmentLeadsToTheLocalAWSOnly(t *testing.T) {
	t.Parallel()
	base := []string{
		"PATH=/bin",
		"HOME=/home/aiko",
		"AWS_PROFILE=prod",
		"AWS_ACCESS_KEY_ID=AKIAREAL",
		"AWS_SECRET_ACCESS_KEY=real",
		"AWS_SESSION_TOKEN=real",
		"AWS_ENDPOINT_URL=https://aws.example",
		"AWS_ENDPOINT_URL_EC2=https://ec2.example",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
		"AWS_CONFIG_FILE=/home/aiko/.aws/config",
		"AWS_ROLE_ARN=arn:aws:iam::1:role/admin",
		"AWS_WEB_IDENTITY_TOKEN_FILE=/token",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.2/",
		"PULUMI_ACCESS_TOKEN=pul-real",
		"PULUMI_BACKEND_URL=s3://states",
		"PULUMI_CONFIG={}",
		"PULUMI_CONFIG_PASSPHRASE_FILE=/passphrase",
		"PULUMI_STACK=prod",
		"TF_LOG=TRACE",
		"Aws_Profile=prod",
		"LANG=ja_JP.UTF-8",
		"AWSOME=kept, as it is no variable of AWS",
	}
	got := engineEnvironment(base, "http://127.0.0.1:4580", "/repo/.local/state", "/cache/home")
	want := []string{
		"PATH=/bin",
		"HOME=/home/aiko",
		"LANG=ja_JP.UTF-8",
		"AWSOME=kept, as it is no variable of AWS",
		"AWS_ENDPOINT_URL=http://127.0.0.1:4580",
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"PULUMI_BACKEND_URL=file:///repo/.local/state?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE=torii-local",
		"PULUMI_HOME=/cache/home",
		"PULUMI_SKIP_UPDATE_CHECK=true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
