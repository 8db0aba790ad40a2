package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/bastion"
	"torii/security/audit"
	"torii/security/session"
	"torii/stack/settings"
)

// sessions makes what records and reports sessions, and what holds for all of them.
func (d *deployment) sessions() (err error) {
	chosen := d.settings.Security
	var alarms []string
	if d.settings.Bastion.Enabled {
		alarms = append(alarms, bastion.AlarmName(bastionParty))
	}
	if d.settings.AuditsSessions() {
		d.audit, err = audit.NewSessions(d.ctx, "sessions", &audit.SessionsArgs{
			KeyARN:   d.keyARN(),
			OwnTrail: chosen.Trail == settings.TrailStack,
			Emails:   chosen.SessionAlerts,
			KeepDays: chosen.TrailDays,
			Alarms:   alarms,
			Protect:  d.settings.Operations.Protect,
			Cloud:    d.place(),
			Tags:     d.tags,
		})
		if err != nil {
			return err
		}
	}
	if chosen.SessionPreferences {
		d.preferences, err = session.NewPreferences(d.ctx, "session-preferences", &session.PreferencesArgs{
			IdleMinutes: chosen.SessionIdleMinutes,
			MaxMinutes:  chosen.SessionMaxMinutes,
			Cloud:       d.place(),
			Tags:        d.tags,
		})
	}
	return err
}

// sessionKey is the key that session preferences encrypt with, nil without.
func (d *deployment) sessionKey() pulumi.StringInput {
	if d.preferences == nil {
		return nil
	}
	return d.preferences.KeyARN
}
