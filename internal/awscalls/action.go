// Package awscalls notes what a program asks of AWS, by the names that IAM policies have for it. It stands between the
// AWS provider and the local AWS, so that a policy for deployments can be held against facts.
package awscalls

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// scope finds the service in a signature's credential: key/date/region/service/aws4_request.
var scope = regexp.MustCompile(`Credential=[^,]*/([^/,]+)/aws4_request`)

// prefixes are the services that IAM calls otherwise than their signatures do.
var prefixes = map[string]string{"monitoring": "cloudwatch"}

// Action returns the action that IAM asks about for a request, such as ec2:CreateVpc. It fails on what it cannot name:
// a request without a signature, or an operation of S3, Route 53 or DLM that its tables do not have.
func Action(request *http.Request, body string) (string, error) {
	found := scope.FindStringSubmatch(request.Header.Get("Authorization"))
	if found == nil {
		return "", fmt.Errorf("%s %s has no signature", request.Method, request.URL.Path)
	}
	service := found[1]
	if other, ok := prefixes[service]; ok {
		service = other
	}
	if target := request.Header.Get("X-Amz-Target"); target != "" {
		operation := target[strings.LastIndex(target, ".")+1:]
		if service == "budgets" {
			return service + ":" + ofBudgets(operation), nil
		}
		return service + ":" + operation, nil
	}
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") != "" {
		return service + ":" + form.Get("Action"), nil
	}
	if service == "s3" {
		return s3Action(request)
	}
	for _, known := range rest[service] {
		if known.method == request.Method && known.path.MatchString(request.URL.Path) {
			return service + ":" + known.action, nil
		}
	}
	return "", fmt.Errorf("%s %s of %s has no name here; add it to the tables of package awscalls",
		request.Method, request.URL.Path, service)
}

// ofBudgets is what IAM calls an operation of AWS Budgets: it tells looking at budgets from changing them, and only tags have
// actions of their own. Source: "Actions, resources, and condition keys for AWS Budget Service" in the service
// authorization reference.
func ofBudgets(operation string) string {
	switch {
	case strings.HasSuffix(operation, "Resource"):
		return operation
	case strings.HasPrefix(operation, "Describe"):
		return "ViewBudget"
	}
	return "ModifyBudget"
}

// operation is one of an interface that tells operations apart by method and path.
type operation struct {
	method string
	path   *regexp.Regexp
	action string
}

// rest has the operations that the provider has been seen to use.
var rest = map[string][]operation{
	"route53": {
		{"GET", regexp.MustCompile(`^/2013-04-01/hostedzone/?$`), "ListHostedZones"},
		{"GET", regexp.MustCompile(`^/2013-04-01/hostedzonesbyname$`), "ListHostedZonesByName"},
		{"GET", regexp.MustCompile(`^/2013-04-01/hostedzone/[^/]+$`), "GetHostedZone"},
		{"GET", regexp.MustCompile(`^/2013-04-01/hostedzone/[^/]+/rrset$`), "ListResourceRecordSets"},
		{"POST", regexp.MustCompile(`^/2013-04-01/hostedzone/[^/]+/rrset/?$`), "ChangeResourceRecordSets"},
		{"GET", regexp.MustCompile(`^/2013-04-01/change/[^/]+$`), "GetChange"},
		{"GET", regexp.MustCompile(`^/2013-04-01/tags/hostedzone/[^/]+$`), "ListTagsForResource"},
	},
	"dlm": {
		{"POST", regexp.MustCompile(`^/policies$`), "CreateLifecyclePolicy"},
		{"GET", regexp.MustCompile(`^/policies/[^/]+/?$`), "GetLifecyclePolicy"},
		{"PATCH", regexp.MustCompile(`^/policies/[^/]+/?$`), "UpdateLifecyclePolicy"},
		{"DELETE", regexp.MustCompile(`^/policies/[^/]+/?$`), "DeleteLifecyclePolicy"},
		{"GET", regexp.MustCompile(`^/tags/.+$`), "ListTagsForResource"},
		{"POST", regexp.MustCompile(`^/tags/.+$`), "TagResource"},
		{"DELETE", regexp.MustCompile(`^/tags/.+$`), "UntagResource"},
	},
}

// ofBucket are the names of what S3 keeps about a bucket, by the query's key. IAM has no Delete for most of these: who
// may put one may take it away.
var ofBucket = map[string]string{
	"accelerate": "AccelerateConfiguration", "acl": "BucketAcl", "cors": "BucketCORS",
	"encryption": "EncryptionConfiguration", "lifecycle": "LifecycleConfiguration", "location": "BucketLocation",
	"logging": "BucketLogging", "notification": "BucketNotification", "object-lock": "BucketObjectLockConfiguration",
	"ownershipControls": "BucketOwnershipControls", "policy": "BucketPolicy", "policyStatus": "BucketPolicyStatus",
	"publicAccessBlock": "BucketPublicAccessBlock", "replication": "ReplicationConfiguration",
	"requestPayment": "BucketRequestPayment", "tagging": "BucketTagging", "versioning": "BucketVersioning",
	"website": "BucketWebsite",
}

// s3Action names a request in path style, /bucket or /bucket/key.
func s3Action(request *http.Request) (string, error) {
	_, key, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	query := request.URL.Query()
	verbs := map[string]string{"GET": "Get", "PUT": "Put", "DELETE": "Put"}
	for name, thing := range ofBucket {
		if _, asked := query[name]; !asked || key != "" {
			continue
		}
		if request.Method == http.MethodDelete && (thing == "BucketPolicy" || thing == "BucketWebsite") {
			return "s3:Delete" + thing, nil
		}
		return "s3:" + verbs[request.Method] + thing, nil
	}
	_, versions := query["versions"]
	_, deleteMany := query["delete"]
	_, version := query["versionId"]
	switch {
	case key == "" && versions:
		return "s3:ListBucketVersions", nil
	case key == "" && deleteMany:
		return "s3:DeleteObjectVersion", nil
	case key == "" && request.Method == http.MethodPut:
		return "s3:CreateBucket", nil
	case key == "" && request.Method == http.MethodDelete:
		return "s3:DeleteBucket", nil
	case key == "" && (request.Method == http.MethodHead || request.Method == http.MethodGet):
		return "s3:ListBucket", nil
	case key != "" && request.Method == http.MethodDelete && version:
		return "s3:DeleteObjectVersion", nil
	case key != "" && request.Method == http.MethodDelete:
		return "s3:DeleteObject", nil
	case key != "" && request.Method == http.MethodPut:
		return "s3:PutObject", nil
	case key != "":
		return "s3:GetObject", nil
	}
	return "", fmt.Errorf("%s %s of s3 has no name here; add it to the tables of package awscalls", request.Method, request.URL)
}
