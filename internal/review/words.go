package review

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

//go:embed types.yaml
var typesFile []byte

// stake is what there is to lose with a resource.
type stake string

// Stakes, in the order in which a comment has them.
const (
	data     stake = "data"
	traffic  stake = "traffic"
	machines stake = "machines"
)

// about is what a comment says of a type.
type about struct {
	Name     string `yaml:"name"`
	Stake    stake  `yaml:"stake"`
	Deleted  string `yaml:"deleted"`
	Replaced string `yaml:"replaced"`
	First    bool   `yaml:"first"`
}

// words are types.yaml: what a comment says of types, by service and type.
type words map[string]about

func loadWords() (words, error) {
	var all words
	if err := yaml.Unmarshal(typesFile, &all); err != nil {
		return nil, fmt.Errorf("reading what is said of types: %w", err)
	}
	return all, nil
}

// services are the services whose name is worth a word before a type's.
var services = map[string]string{
	"cloudwatch": "CloudWatch", "ecr": "ECR", "ecs": "ECS", "efs": "EFS", "iam": "IAM", "kms": "KMS", "lambda": "Lambda", "rds": "RDS",
	"s3": "S3", "sns": "SNS", "sqs": "SQS",
}

// short is a token without what is in it twice: ec2/LaunchTemplate for aws:ec2/launchTemplate:LaunchTemplate.
func short(token string) string {
	parts := strings.FieldsFunc(token, func(r rune) bool { return r == ':' || r == '/' })
	if len(parts) < 3 {
		return token
	}
	switch parts[1] {
	case "alb":
		parts[1] = "lb" // the same under an older name
	case "index":
		parts[1] = parts[0]
	}
	return parts[1] + "/" + parts[len(parts)-1]
}

// of is what is said of a token.
func (w words) of(token string) about { return w[short(token)] }

// thing is what people call a type: "launch template" for aws:ec2/launchTemplate:LaunchTemplate.
func (w words) thing(token string) string {
	if name := w.of(token).Name; name != "" {
		return name
	}
	service, name, found := strings.Cut(short(token), "/")
	if !found {
		return prose(token)
	}
	name = spaced(name)
	if services[service] != "" {
		name = services[service] + " " + name
	}
	return prose(name)
}

// spaced takes a type's name apart: LaunchTemplate is launch template, BucketVersioningV2 bucket versioning.
func spaced(name string) string {
	var apart strings.Builder
	for i, r := range strings.TrimSuffix(name, "V2") {
		if unicode.IsUpper(r) && i > 0 {
			apart.WriteByte(' ')
		}
		apart.WriteRune(unicode.ToLower(r))
	}
	return apart.String()
}
