// Package prowler has the local AWS audited by Prowler, an auditor that others wrote, and judges what it finds: what
// concerns a stack, what is the account owner's, and what the local AWS cannot answer.
package prowler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"torii/internal/toolchain"
	program "torii/tools/prowler"
)

// Services are those whose checks are run, by Prowler's names. It has none for budgets.
var Services = []string{
	"ec2", "vpc", "elb", "elbv2", "ecs", "iam", "acm", "wafv2", "s3", "cloudwatch", "cloudtrail", "kms", "sns", "ssm",
	"secretsmanager", "backup", "route53", "efs", "autoscaling", "ecr",
}

// Finding is what a check says of a resource.
type Finding struct {
	Check    string `json:"check"`
	Title    string `json:"title"`    // what the check wants
	Severity string `json:"severity"` // critical, high, medium, low or informational
	Status   string `json:"status"`   // PASS, FAIL or, for what no program can tell, MANUAL
	ID       string `json:"id"`
	ARN      string `json:"arn"`
	Detail   string `json:"detail"`

	Tags map[string]string `json:"tags"`
}

// Report is what a run of Prowler says.
type Report struct {
	Checks   []string  `json:"checks"` // those that were run
	Findings []Finding `json:"findings"`
	Crashed  []Crash   `json:"crashed"`
	Errors   []Error   `json:"errors"`  // questions that AWS did not answer, among others
	Refused  []string  `json:"refused"` // addresses elsewhere that were not asked
}

// Crash is a check that came to no end.
type Crash struct {
	Check string `json:"check"`
	Error string `json:"error"`
}

// Error is what went wrong in a module of Prowler's, which then knows less.
type Error struct {
	Module  string `json:"module"`
	Message string `json:"message"`
}

// Run audits the AWS at endpoint, which must be on this machine: any other address is refused. Prowler is installed on the
// first call on a machine and then kept in the user's cache; progress gets a line for each thing that takes a while, nil
// is silence.
func Run(ctx context.Context, progress io.Writer, endpoint, region string) (Report, error) {
	dir, err := toolchain.PythonProgram(ctx, "prowler", "the auditor", "1 to 2 minutes", program.Files, progress)
	if err != nil {
		return Report{}, fmt.Errorf("auditing: %w", err)
	}
	args := append([]string{filepath.Join(dir, "audit.py"), region}, Services...)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "bin", "python"), args...)
	cmd.Env = []string{ // nothing of the user's: neither credentials nor proxies
		"PATH=" + filepath.Join(dir, "bin"), "HOME=" + dir,
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
	var said, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complaints
	if err := cmd.Run(); err != nil {
		return Report{}, fmt.Errorf("auditing: %w: %s", err, last(complaints.Bytes()))
	}
	var report Report
	if err := json.Unmarshal(said.Bytes(), &report); err != nil {
		return Report{}, fmt.Errorf("reading what the auditor says: %w", err)
	}
	return report, nil
}

// Add puts what another run says to a report.
func (r *Report) Add(other Report) {
	r.Checks = append(r.Checks, other.Checks...)
	r.Findings = append(r.Findings, other.Findings...)
	r.Crashed = append(r.Crashed, other.Crashed...)
	r.Errors = append(r.Errors, other.Errors...)
	r.Refused = append(r.Refused, other.Refused...)
}

// last is the last line of a text, which in Python says what is wrong.
func last(text []byte) string {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(lines[len(lines)-1])
}
