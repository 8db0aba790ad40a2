package localaws

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// EnsureUsers makes the IAM users that are not there, and returns whom it made. A stack expects to find its people, as
// it would in an account that they work in.
func (s *Server) EnsureUsers(ctx context.Context, names []string) (made []string, err error) {
	client := iam.New(iam.Options{BaseEndpoint: aws.String(s.URL), Region: globalRegion, Credentials: anyCredentials})
	for _, name := range names {
		_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(name)})
		var there *iamtypes.EntityAlreadyExistsException
		switch {
		case errors.As(err, &there):
		case err != nil:
			return made, fmt.Errorf("making the IAM user %s: %w", name, err)
		default:
			made = append(made, name)
		}
	}
	return made, nil
}
