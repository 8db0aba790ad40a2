package localdeploy

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Conceal takes what the stack file says in plain at config paths, such as torii:authority.key, into Secrets, so that
// the program is given it as Pulumi gives secrets. Paths at which the file says nothing are passed over, and those at
// which it has an encrypted value: Config refuses that by name.
func (s *Spec) Conceal(paths ...string) error {
	file, err := readStackFile(s.Settings)
	if err != nil {
		return err
	}
	for _, path := range paths {
		key, err := config.ParseKey(path)
		if err != nil {
			return fmt.Errorf("looking for a secret: %w", err)
		}
		value, found, err := file.Config.Get(key, true)
		if err != nil || !found || value.Secure() || value.Object() {
			continue // the settings' own checks have better words for what is wrong there
		}
		text, err := value.Value(config.NopDecrypter)
		if err != nil {
			return fmt.Errorf("%s: reading it: %w", path, err)
		}
		if s.Secrets == nil {
			s.Secrets = map[string]string{}
		}
		s.Secrets[path] = text
	}
	return nil
}

// vault is what secrets are encrypted with in this process: deriving a key takes half a second.
var vault = sync.OnceValues(func() (sealed, error) {
	// Any salt does for secrets of a passphrase that everybody knows, and this one names what it is for.
	salt := []byte("torii-local")
	crypter := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	// By this the engine tells a wrong passphrase; it wants to read that very word.
	proof, err := crypter.EncryptValue(context.Background(), "pulumi")
	if err != nil {
		return sealed{}, fmt.Errorf("encrypting secrets: %w", err)
	}
	return sealed{crypter, "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + proof}, nil
})

// sealed is a way to encrypt, and the line of a stack file by which the engine finds the way back.
type sealed struct {
	config.Encrypter
	salt string
}

// sealSettings returns a stack file's text with secrets put at their paths, as `pulumi config set --secret --path` does
// it one by one.
func sealSettings(ctx context.Context, text []byte, secrets map[string]string) ([]byte, error) {
	if len(secrets) == 0 {
		return text, nil
	}
	file, err := readStackFile(text)
	if err != nil {
		return nil, err
	}
	with, err := vault()
	if err != nil {
		return nil, err
	}
	err = putSecrets(file.Config, secrets, func(text string) (config.Value, error) {
		encrypted, err := with.EncryptValue(ctx, text)
		return config.NewSecureValue(encrypted), err
	})
	if err != nil {
		return nil, err
	}
	file.EncryptionSalt = with.salt
	written, err := encoding.YAML.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("writing the stack file: %w", err)
	}
	return written, nil
}

// inPlain is a secret as the program reads it.
func inPlain(text string) (config.Value, error) {
	return config.NewTypedValue(text, config.TypeString), nil
}

// putSecrets puts secrets at their paths of a stack's configuration, each made into a value; what is there already they
// replace.
func putSecrets(into config.Map, secrets map[string]string, value func(string) (config.Value, error)) error {
	var problems []error
	for _, path := range slices.Sorted(maps.Keys(secrets)) {
		key, err := config.ParseKey(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: setting the secret: %w", path, err))
			continue
		}
		sealed, err := value(secrets[path])
		if err == nil {
			err = into.Set(key, sealed, true)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: setting the secret: %w", path, err))
		}
	}
	return errors.Join(problems...)
}

func readStackFile(text []byte) (*workspace.ProjectStack, error) {
	file := &workspace.ProjectStack{}
	if err := encoding.YAML.Unmarshal(text, file); err != nil {
		return nil, fmt.Errorf("reading the stack file: %w", err)
	}
	if file.Config == nil {
		file.Config = config.Map{}
	}
	return file, nil
}
