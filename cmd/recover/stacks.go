package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"torii/internal/pulumicli"
	"torii/internal/recovery"
)

// mend finds out what there is, says so, and mends the state if that is wished.
func (o options) mend(ctx context.Context, out, errOut io.Writer) (int, error) {
	text, err := pulumicli.Run(ctx, o.stack, nil, "stack", "export")
	if err != nil {
		return 0, fmt.Errorf("reading the state of stack %s: %w", o.stack, err)
	}
	var exported struct {
		Version    int             `json:"version"`
		Deployment json.RawMessage `json:"deployment"`
	}
	if err := json.Unmarshal(text, &exported); err != nil {
		return 0, fmt.Errorf("reading the state of stack %s: %w", o.stack, err)
	}
	if string(exported.Deployment) == "null" || len(exported.Deployment) == 0 {
		fmt.Fprintf(out, "Stack %s was never deployed.\n", o.stack)
		return 0, nil
	}
	state, err := recovery.Read(exported.Deployment)
	if err != nil {
		return 0, err
	}
	pending := len(state.Pending())
	settings, err := pulumicli.AWS(ctx, o.stack, o.region)
	if err != nil {
		return 0, err
	}
	findings, err := recovery.Examine(ctx, state, o.wanted(ctx, errOut), recovery.New(settings))
	if err != nil {
		return 0, err
	}
	status := o.report(pending, findings, out)
	if !o.yes || pending == 0 && !recovery.Changes(findings) {
		return status, nil
	}
	state.Apply(findings)
	if exported.Deployment, err = state.JSON(); err != nil {
		return 0, err
	}
	return status, o.write(ctx, text, exported, out)
}

// write keeps the old state in a file, writes the new one, and has each resource looked at.
func (o options) write(ctx context.Context, old []byte, mended any, out io.Writer) error {
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("torii-%s-%s.json", o.stack, time.Now().UTC().Format("20060102T150405")))
	if err := os.WriteFile(kept, old, 0o600); err != nil {
		return fmt.Errorf("keeping the old state: %w", err)
	}
	fmt.Fprintf(out, "\nThe old state is kept in %s; `pulumi stack import --stack %s --file` puts it back.\n", kept, o.stack)
	text, err := json.Marshal(mended)
	if err != nil {
		return err
	}
	if _, err := pulumicli.Run(ctx, o.stack, text, "stack", "import"); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if _, err := pulumicli.Run(ctx, o.stack, nil, "refresh", "--yes", "--skip-preview", "--clear-pending-creates"); err != nil {
		return fmt.Errorf("the state is written, but asking AWS about it failed; repeat pulumi refresh: %w", err)
	}
	fmt.Fprintf(out, "The state is mended. pulumi up --stack %s goes on from there.\n", o.stack)
	return nil
}

// wanted is what the program would make next. Without it, only what the state speaks of can be found.
func (o options) wanted(ctx context.Context, errOut io.Writer) []map[string]any {
	var plan struct {
		Steps []struct {
			Op       string         `json:"op"`
			NewState map[string]any `json:"newState"`
		} `json:"steps"`
	}
	text, err := pulumicli.Run(ctx, o.stack, nil, "preview", "--json")
	if err == nil {
		err = json.Unmarshal(text, &plan)
	}
	if err != nil {
		fmt.Fprintf(errOut, "What the program wants is not known, as its preview failed: %v\n", err)
		return nil
	}
	var all []map[string]any
	for _, step := range plan.Steps {
		if step.NewState["custom"] == true && (step.Op == "create" || step.Op == "create-replacement") {
			all = append(all, step.NewState)
		}
	}
	return all
}
