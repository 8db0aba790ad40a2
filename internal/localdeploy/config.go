package localdeploy

import (
	"context"
	"fmt"

	"github.com/pulumi/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Config returns what a program deployed by spec will be told, from full key (torii:network) to text; structured values
// are JSON, as Pulumi passes them. It fails where the engine would refuse the two files.
func Config(ctx context.Context, spec Spec) (map[string]string, error) {
	_, projectText, err := overlayProject(spec.Project)
	if err != nil {
		return nil, err
	}
	settingsText, err := overlaySettings(spec.Settings)
	if err != nil {
		return nil, err
	}
	project, err := workspace.LoadProjectBytes(projectText, projectFile, encoding.YAML)
	if err != nil {
		return nil, fmt.Errorf("reading the project file: %w", err)
	}
	file, err := workspace.LoadProjectStackBytes(nil, project, settingsText, settingsFile(spec.Stack), encoding.YAML)
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	if err := putSecrets(file.Config, spec.Secrets, inPlain); err != nil {
		return nil, err
	}
	err = workspace.ValidateStackConfigAndApplyProjectConfig(
		ctx, spec.Stack, project, esc.Value{}, file.Config, config.NopEncrypter, config.NopDecrypter)
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	decrypted, err := file.Config.Decrypt(config.NopDecrypter)
	if err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	values := map[string]string{}
	for key, value := range decrypted {
		values[key.String()] = value
	}
	return values, nil
}
