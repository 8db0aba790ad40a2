// Package session sets what Session Manager does in every session of an account and region.
package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/key"
	"torii/internal/tags"
)

const preferencesToken = "torii:session:Preferences"

// DocumentName is the name by which Session Manager finds the preferences. There is one in each account and region, so one
// stack may make them; where somebody saved preferences in the console they exist already and creation fails
// (DocumentAlreadyExists). Source: "Update Session Manager preferences" in the Systems Manager guide.
const DocumentName = "SSM-SessionManagerRunShell"

// PreferencesArgs describes the preferences.
type PreferencesArgs struct {
	IdleMinutes int           // Required. 1 to 60. A session in which nothing passes ends after that.
	MaxMinutes  int           // Required. 1 to 1440. Every session ends after that.
	Cloud       account.Place // Required.
	Tags        tags.Set      // Required.
}

// Preferences are the preferences, and the key that sessions are encrypted with beside TLS. Whoever opens a session needs
// kms:GenerateDataKey on it, and the role of every instance in the account and region kms:Decrypt: one without can be
// reached no more.
type Preferences struct {
	pulumi.ResourceState

	KeyARN pulumi.StringOutput
}

// NewPreferences makes the preferences. It fails when a time is out of its range.
func NewPreferences(
	ctx *pulumi.Context, name string, args *PreferencesArgs, opts ...pulumi.ResourceOption,
) (*Preferences, error) {
	if args.IdleMinutes < 1 || args.IdleMinutes > 60 {
		return nil, errors.New("creating session preferences: idle sessions end after 1 to 60 minutes")
	}
	if args.MaxMinutes < 1 || args.MaxMinutes > 1440 {
		return nil, errors.New("creating session preferences: sessions end after 1 to 1440 minutes")
	}
	self := &Preferences{}
	if err := ctx.RegisterComponentResource(preferencesToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering session preferences %s: %w", name, err)
	}
	made, err := key.New(ctx, name, key.Args{
		Description:  "Sessions to instances",
		DeletionDays: 7, // nothing that lasts is encrypted with it
		Cloud:        args.Cloud,
		Role:         name,
		Tags:         args.Tags,
	}, pulumi.Parent(self))
	if err != nil {
		return nil, err
	}
	_, err = ssm.NewDocument(ctx, name, &ssm.DocumentArgs{
		Name:         pulumi.String(DocumentName),
		DocumentType: pulumi.String("Session"),
		Content: made.Arn.ApplyT(func(arn string) (string, error) {
			return document(arn, args.IdleMinutes, args.MaxMinutes)
		}).(pulumi.StringOutput),
		Tags: args.Tags.Named(name),
		// Its name is taken until it is gone.
	}, pulumi.Parent(self), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating session preferences: %w", err)
	}
	self.KeyARN = made.Arn
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"keyArn": self.KeyARN})
}

// preferences is the document's JSON. Source: "Session document schema" in the Systems Manager guide.
type preferences struct {
	SchemaVersion string `json:"schemaVersion"`
	Description   string `json:"description"`
	SessionType   string `json:"sessionType"`
	Inputs        inputs `json:"inputs"`
}

// inputs are the preferences that are set. What is left out is off: transcripts, which forwarded ports have none of, and
// sessions under another account than ssm-user.
type inputs struct {
	KMSKeyID           string `json:"kmsKeyId"`
	RunAsEnabled       bool   `json:"runAsEnabled"`
	IdleSessionTimeout string `json:"idleSessionTimeout"` // minutes, as text
	MaxSessionDuration string `json:"maxSessionDuration"` // minutes, as text
}

// document writes the preferences.
func document(keyARN string, idleMinutes, maxMinutes int) (string, error) {
	text, err := json.Marshal(preferences{
		SchemaVersion: "1.0",
		Description:   "Session Manager preferences, made by Torii",
		SessionType:   "Standard_Stream",
		Inputs: inputs{
			KMSKeyID:           keyARN,
			IdleSessionTimeout: strconv.Itoa(idleMinutes),
			MaxSessionDuration: strconv.Itoa(maxMinutes),
		},
	})
	if err != nil {
		return "", fmt.Errorf("writing session preferences: %w", err)
	}
	return string(text), nil
}
