// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
)

// wrongInput is a common mistake in an input.
type wrongInput struct {
	// on is the item with the input, such as "resource user_lock" or "provider".
	on    string
	given attrs
	// env has environment variables for the provider.
	env map[string]string
	// id is the ID of an import.
	id string
	// want has texts of the error, in any order: the argument, the value, what to write.
	want []string
	// hidden must not be in the error.
	hidden string
}

// Invisible characters.
const (
	noBreakSpace    = "\u00a0"
	zeroWidthSpace  = "\u200b"
	byteOrderMark   = "\ufeff"
	endsWithSpace   = ` ends with a space`
	rfc3339         = "2026-11-25T03:00:00Z"
	secretInMessage = "wJalrXUtnFEMIK7MDENGbPxRfiCY"
)

func matching(conditions attrs) attrs {
	return attrs{"all_sessions": nil, "sessions_matching": []any{conditions}}
}

func wrongInputs() map[string]wrongInput {
	const revocation, bulk, lock, cut, suspension, logout = "resource user_session_revocation", "resource bulk_user_session_revocation", "resource user_lock",
		"resource permission_set_session_cutoff", "resource user_access_suspension", "resource user_logout_on_destroy"
	return map[string]wrongInput{
		// Invisible characters.
		"user ID with a space":            {on: lock, given: attrs{"user_id": "d81bcbfb "}, want: []string{"user_id", `"d81bcbfb " ends with a space`}},
		"user ID with a no-break space":   {on: revocation, given: attrs{"user_id": "d81bcbfb" + noBreakSpace}, want: []string{"user_id", `ends with a no-break space (U+00A0)`}},
		"user ID with a zero-width space": {on: "data user_access", given: attrs{"user_id": "d81" + zeroWidthSpace + "bcbfb"}, want: []string{"user_id", `contains a zero-width space (U+200B)`}},
		"store ID with a CR":              {on: "data user", given: attrs{"identity_store_id": "d-1\r", "user_id": "u-1"}, want: []string{"identity_store_id", `"d-1\r" ends with a carriage return`}},
		"store ID with a line break":      {on: "data users", given: attrs{"identity_store_id": "d-1\n"}, want: []string{"identity_store_id", `"d-1\n" ends with a line break`}},
		"instance ID with a BOM":          {on: cut, given: attrs{"instance_id": "i-1" + byteOrderMark}, want: []string{"instance_id", "ends with a byte order mark"}},
		"permission set ID with a space":  {on: cut, given: attrs{"permission_set_id": "ps-1 "}, want: []string{"permission_set_id", `"ps-1 " ends with a space`}},
		"group ID with a tab":             {on: "data group_memberships", given: attrs{"group_id": "\tg-1"}, want: []string{"group_id", `"\tg-1" begins with a tab`}},
		"session ID with a space":         {on: revocation, given: attrs{"all_sessions": nil, "session_ids": []any{"s-1 "}}, want: []string{"session_ids", `"s-1 " ends with a space`}},
		"region with a space inside":      {on: "provider", given: attrs{"region": "ap southeast 3"}, want: []string{"region", `"ap southeast 3"`, "such as ap-southeast-3"}},
		"region in upper case":            {on: "provider", given: attrs{"region": "AP-Southeast-3"}, want: []string{"region", `"AP-Southeast-3"`, "lower-case"}},

		// Names and IDs.
		"name as user_id":          {on: lock, given: attrs{"user_id": "alice@example.com"}, want: []string{"user_id", `"alice@example.com"`, "data.identitycenter_user"}},
		"name with a space":        {on: logout, given: attrs{"user_id": "Alice Smith"}, want: []string{"user_id", `"Alice Smith"`, "data.identitycenter_user"}},
		"group name as group_id":   {on: "data group_memberships", given: attrs{"group_id": "Cloud Admins"}, want: []string{"group_id", `"Cloud Admins"`, "data.identitycenter_group"}},
		"group name in group_ids":  {on: bulk, given: attrs{"user_ids": nil, "group_ids": []any{"Cloud Admins"}}, want: []string{"group_ids", `"Cloud Admins"`, "data.identitycenter_group"}},
		"name in user_ids":         {on: bulk, given: attrs{"user_ids": []any{"alice@example.com"}}, want: []string{"user_ids", `"alice@example.com"`, "data.identitycenter_user"}},
		"group name, suspension":   {on: suspension, given: attrs{"assignments": []any{}, "group_ids": []any{"Cloud Admins"}}, want: []string{"group_ids", `"Cloud Admins"`}},
		"account name, suspension": {on: suspension, given: attrs{"assignments": []any{attrs{"account_id": "prod account", "permission_set_id": "ps-1"}}}, want: []string{"account_id", `"prod account"`}},
		"path as an ID":            {on: "data user_sessions", given: attrs{"user_id": "users/u-1"}, want: []string{"user_id", `"users/u-1"`}},
		"empty user_id":            {on: lock, given: attrs{"user_id": ""}, want: []string{"user_id", `""`, "1 to 64 characters"}},
		"name in protected users":  {on: "provider", given: attrs{"protected_user_ids": []any{"break glass"}}, want: []string{"protected_user_ids", `"break glass"`, "data.identitycenter_user"}},
		"name in protected groups": {on: "provider", given: attrs{"protected_group_ids": []any{"Break Glass"}}, want: []string{"protected_group_ids", `"Break Glass"`, "data.identitycenter_group"}},
		"empty user name":          {on: bulk, given: attrs{"user_ids": nil, "user_names": []any{""}}, want: []string{"user_names", "between 1 and 128", "got: 0"}},

		// Selections.
		"nothing selected":            {on: revocation, given: attrs{"all_sessions": nil}, want: []string{"session_ids, all_sessions and sessions_matching", "None is set"}},
		"all and IDs":                 {on: revocation, given: attrs{"session_ids": []any{"s-1"}}, want: []string{"Exactly one", "session_ids and all_sessions"}},
		"all_sessions = false":        {on: revocation, given: attrs{"all_sessions": false}, want: []string{"all_sessions", "false", `"true"`}},
		"two blocks":                  {on: revocation, given: attrs{"all_sessions": nil, "sessions_matching": []any{attrs{"keep_newest": 1}, attrs{"keep_newest": 1}}}, want: []string{"sessions_matching", "at most 1"}},
		"empty block":                 {on: revocation, given: matching(attrs{}), want: []string{"sessions_matching", "at least one condition", "all_sessions = true"}},
		"no users":                    {on: bulk, given: attrs{"user_ids": nil}, want: []string{"user_ids, user_names, group_ids and all_users"}},
		"users twice":                 {on: bulk, given: attrs{"all_users": true}, want: []string{"Set are user_ids and all_users"}},
		"all users, no exceptions":    {on: bulk, given: attrs{"user_ids": nil, "all_users": true}, want: []string{"all_users", "except_user_ids"}},
		"all_users = false":           {on: bulk, given: attrs{"user_ids": nil, "all_users": false}, want: []string{"all_users", "false"}},
		"user ID and name":            {on: "data user", given: attrs{"user_id": "u-1", "user_name": "alice"}, want: []string{"user_id", "user_name"}},
		"neither user ID nor name":    {on: "data user", given: attrs{}, want: []string{"user_id", "user_name"}},
		"neither group ID nor name":   {on: "data group", given: attrs{}, want: []string{"group_id", "display_name"}},
		"treatment that is not known": {on: revocation, given: matching(attrs{"keep_newest": 1, "treat_missing_data": "Match"}), want: []string{"treat_missing_data", `"Match"`, `"no_match"`}},

		// Durations and times.
		"3d":                      {on: revocation, given: matching(attrs{"older_than": "3d"}), want: []string{"older_than", `"3d"`, `"72h"`}},
		"3 days":                  {on: "data user_sessions", given: matching(attrs{"younger_than": "3 days"}), want: []string{"younger_than", `"3 days"`, `"72h"`}},
		"duration with a space":   {on: revocation, given: matching(attrs{"older_than": "4h "}), want: []string{"older_than", `"4h "`, endsWithSpace}},
		"number as a duration":    {on: revocation, given: matching(attrs{"older_than": "30"}), want: []string{"older_than", `"30"`, `"30m"`}},
		"timeout in days":         {on: lock, given: attrs{"timeouts": attrs{"create": "1d"}}, want: []string{"timeouts.create", `"1d"`, `"24h"`}},
		"negative timeout":        {on: cut, given: attrs{"timeouts": attrs{"delete": "-5m"}}, want: []string{"timeouts.delete", `"-5m"`, "longer than zero"}},
		"timeout of zero":         {on: "data users", given: attrs{"timeouts": attrs{"read": "0s"}}, want: []string{"timeouts.read", `"0s"`, "longer than zero"}},
		"timeout of an action":    {on: "action user_session_revocation", given: attrs{"timeouts": attrs{"invoke": "10 min"}}, want: []string{"timeouts.invoke", `"10 min"`, `"30m"`}},
		"timeout of a suspension": {on: suspension, given: attrs{"timeouts": attrs{"update": "1 week"}}, want: []string{"timeouts.update", `"1 week"`, `"168h"`}},
		"time without a zone":     {on: cut, given: attrs{"issued_before": "2026-11-29T09:00:00"}, want: []string{"issued_before", `"2026-11-29T09:00:00"`, "zone", "2026-11-29T09:00:00Z"}},
		"date":                    {on: revocation, given: matching(attrs{"created_after": "2026-11-29"}), want: []string{"created_after", `"2026-11-29"`, "2026-11-29T09:00:00Z"}},
		"year 0":                  {on: cut, given: attrs{"issued_before": "0000-01-01T00:00:00Z"}, want: []string{"issued_before", `"0000-01-01T00:00:00Z"`}},
		"year 10000":              {on: cut, given: attrs{"issued_before": "10000-01-01T00:00:00Z"}, want: []string{"issued_before", `"10000-01-01T00:00:00Z"`}},
		"time with a space":       {on: revocation, given: matching(attrs{"created_before": rfc3339 + " "}), want: []string{"created_before", `"` + rfc3339 + ` "`, endsWithSpace}},
		"words as a time":         {on: "function", given: attrs{"issued_before": "yesterday"}, want: []string{"issued_before", `"yesterday"`, "2026-11-29T09:00:00Z"}},
		"function, no zone":       {on: "function", given: attrs{"issued_before": "2026-11-29T09:00:00"}, want: []string{"issued_before", "has no time zone"}},
		"request timeout":         {on: "provider", given: attrs{"request_timeout": "10"}, want: []string{"request_timeout", `"10"`, `"10s"`}},
		"request timeout, days":   {on: "provider", given: attrs{"request_timeout": "1 day"}, want: []string{"request_timeout", `"1 day"`, "24h"}},

		// Conditions.
		"keep none":             {on: revocation, given: matching(attrs{"keep_newest": 0}), want: []string{"keep_newest", "it is 0", "from 1"}},
		"keep a fraction":       {on: revocation, given: matching(attrs{"keep_newest": 1.5}), want: []string{"keep_newest", "it is 1.5", "integer"}},
		"CIDR with host bits":   {on: revocation, given: matching(attrs{"from_networks": []any{"203.0.113.5/24"}}), want: []string{"from_networks", `"203.0.113.5/24"`, "203.0.113.0/24"}},
		"CIDR, too long":        {on: revocation, given: matching(attrs{"not_from_networks": []any{"203.0.113.0/33"}}), want: []string{"not_from_networks", `"203.0.113.0/33"`}},
		"host name as network":  {on: bulk, given: attrs{"all_sessions": nil, "sessions_matching": []any{attrs{"from_networks": []any{"vpn.example.com"}, "treat_missing_data": "match"}}}, want: []string{"from_networks", `"vpn.example.com"`}},
		"empty networks":        {on: revocation, given: matching(attrs{"from_networks": []any{}}), want: []string{"from_networks is empty"}},
		"look-ahead":            {on: revocation, given: matching(attrs{"user_agent_regex": "(?!curl)"}), want: []string{"user_agent_regex", `"(?!curl)"`, "RE2"}},
		"empty regex":           {on: revocation, given: matching(attrs{"user_agent_regex": ""}), want: []string{"user_agent_regex is empty"}},
		"missing data, many":    {on: bulk, given: attrs{"all_sessions": nil, "sessions_matching": []any{attrs{"user_agent_regex": "curl"}}}, want: []string{"treat_missing_data", `"match"`, `"no_match"`}},
		"times that contradict": {on: revocation, given: matching(attrs{"created_after": "2026-11-02T00:00:00Z", "created_before": "2026-11-01T00:00:00Z"}), want: []string{"created_after", "created_before"}},

		// The provider block and the environment.
		"unknown endpoint":         {on: "provider", given: attrs{"endpoints": attrs{"identity_store": "https://example.com"}}, want: []string{"endpoints", `"identity_store"`, "identitystore"}},
		"endpoint with a path":     {on: "provider", given: attrs{"endpoints": attrs{"identitystore": "https://example.com/v1"}}, want: []string{"endpoints", "without path", "such as https://"}},
		"endpoint with a password": {on: "provider", given: attrs{"endpoints": attrs{"identitystore": "https://me:" + secretInMessage + "@example.com"}}, want: []string{"endpoints", "or user"}, hidden: secretInMessage},
		"ca_file is missing":       {on: "provider", given: attrs{"ca_file": "/nowhere/ca.pem"}, want: []string{"ca_file", "/nowhere/ca.pem"}},
		"retries":                  {on: "provider", given: attrs{"max_retries": 1000}, want: []string{"max_retries", "between 0 and 100", "1000"}},
		"requests":                 {on: "provider", given: attrs{"max_concurrent_requests": 0}, want: []string{"max_concurrent_requests", "between 1 and 1000", "0"}},
		"HW_MAX_RETRIES":           {on: "provider", env: map[string]string{"HW_MAX_RETRIES": "x"}, want: []string{"HW_MAX_RETRIES", "max_retries", `"x"`, "from 0 to 100"}},
		"HW_INSECURE":              {on: "provider", env: map[string]string{"HW_INSECURE": "maybe"}, want: []string{"HW_INSECURE", "insecure", `"maybe"`, "true or false"}},
		"HW_REQUEST_TIMEOUT":       {on: "provider", env: map[string]string{"HW_REQUEST_TIMEOUT": "2d"}, want: []string{"HW_REQUEST_TIMEOUT", `"2d"`, "48h"}},
		"HW_REGION_NAME":           {on: "provider", given: attrs{"region": nil}, env: map[string]string{"HW_REGION_NAME": "nowhere!"}, want: []string{"HW_REGION_NAME", `"nowhere!"`}},
		"HTTPS_PROXY":              {on: "provider", env: map[string]string{"HTTPS_PROXY": `"http://proxy:3128"`}, want: []string{"HTTPS_PROXY", "such as http://"}},
		"protected variable":       {on: "provider", env: map[string]string{"HW_IDENTITYCENTER_PROTECTED_USER_IDS": "break glass"}, want: []string{"HW_IDENTITYCENTER_PROTECTED_USER_IDS", `"break glass"`}},
		"no region":                {on: "provider", given: attrs{"region": nil}, want: []string{"region", "HW_REGION_NAME"}},
		"no secret key":            {on: "provider", given: attrs{"secret_key": nil}, want: []string{"secret_key", "HW_SECRET_KEY"}},
		"swapped keys":             {on: "provider", given: attrs{"access_key": secretInMessage + "0123456789ab", "secret_key": "HPUAMANAGEMENTACCT01"}, want: []string{"access_key"}, hidden: secretInMessage},
		"access key, too long":     {on: "provider", given: attrs{"access_key": strings.Repeat(secretInMessage, 12)}, want: []string{"access_key"}, hidden: secretInMessage},
		"key with a space":         {on: "provider", given: attrs{"secret_key": secretInMessage + " x"}, want: []string{"secret_key"}, hidden: secretInMessage},
		"missing profile":          {on: "provider", given: attrs{"access_key": nil, "secret_key": nil, "profile": "prod", "shared_config_file": "PROFILES"}, want: []string{"profile", `"prod"`, "default"}},
		"token and file":           {on: "provider", given: attrs{"access_key": nil, "secret_key": nil, "assume_role_with_oidc": []any{attrs{"agency_name": "a", "domain_id": "d", "idp_id": "i", "id_token": secretInMessage, "id_token_file": "/t"}}}, want: []string{"id_token", "id_token_file"}, hidden: secretInMessage},
		"short duration":           {on: "provider", given: attrs{"assume_role": []any{attrs{"agency_name": "a", "domain_id": "d", "duration": 60}}}, want: []string{"duration", "60", "900"}},
		"agency without owner":     {on: "provider", given: attrs{"assume_role": []any{attrs{"agency_name": "a"}}}, want: []string{"domain_name", "domain_id"}},

		// Imports.
		"import of a lock":       {on: lock, id: "alice", want: []string{`"alice"`, "IDENTITY_STORE_ID/USER_ID"}},
		"import, three parts":    {on: lock, id: "d-1/u-1/x", want: []string{`"d-1/u-1/x"`, "IDENTITY_STORE_ID/USER_ID"}},
		"import with a space":    {on: lock, id: "d-1/u-1 ", want: []string{`"d-1/u-1 " ends with a space`}},
		"import of a cutoff":     {on: cut, id: "ps-1", want: []string{`"ps-1"`, "INSTANCE_ID/PERMISSION_SET_ID/STATEMENT_ID"}},
		"import of a suspension": {on: suspension, id: "i-1/u-1", want: []string{`"i-1/u-1"`, "INSTANCE_ID/IDENTITY_STORE_ID/USER_ID"}},
		"import of a revocation": {on: revocation, id: "d-1/u-1", want: []string{"cannot be imported"}},
	}
}

// complete has the arguments to which a wrong input is added.
var complete = map[string]attrs{
	"provider":                               {"region": "ap-southeast-3", "access_key": "HPUAMANAGEMENTACCT01", "secret_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"},
	"resource user_session_revocation":       {"identity_store_id": "d-1", "user_id": "u-1", "all_sessions": true},
	"action user_session_revocation":         {"identity_store_id": "d-1", "user_id": "u-1", "all_sessions": true},
	"resource bulk_user_session_revocation":  {"identity_store_id": "d-1", "user_ids": []any{"u-1"}, "all_sessions": true},
	"resource user_lock":                     {"identity_store_id": "d-1", "user_id": "u-1"},
	"resource permission_set_session_cutoff": {"instance_id": "i-1", "permission_set_id": "ps-1"},
	"resource user_access_suspension":        {"instance_id": "i-1", "identity_store_id": "d-1", "user_id": "u-1", "assignments": []any{attrs{"account_id": "a-1", "permission_set_id": "ps-1"}}},
	"resource user_logout_on_destroy":        {"identity_store_id": "d-1", "user_id": "u-1"},
	"data user_access":                       {"instance_id": "i-1", "identity_store_id": "d-1", "user_id": "u-1"},
	"data user_sessions":                     {"identity_store_id": "d-1", "user_id": "u-1"},
	"data user":                              {"identity_store_id": "d-1"},
	"data users":                             {"identity_store_id": "d-1"},
	"data group":                             {"identity_store_id": "d-1"},
	"data group_memberships":                 {"identity_store_id": "d-1", "group_id": "g-1"},
}

// TestWrongInputs checks that each wrong input gives one error of at most 20 lines. The error names
// the argument, shows the value as it was written, and says what to write instead.
func TestWrongInputs(t *testing.T) {
	profiles := profilesFile(t)
	for name, test := range wrongInputs() {
		t.Run(name, func(t *testing.T) {
			given := attrs{}
			for argument, value := range complete[test.on] {
				given[argument] = value
			}
			for argument, value := range test.given {
				if value == "PROFILES" {
					value = profiles
				}
				given[argument] = value
			}
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			found := test.diagnostics(t, given)
			if len(found) != 1 {
				t.Errorf("%d diagnostics", len(found))
			}
			for _, d := range found {
				text := provider.RenderDiagnostic(d.Severity.String(), d.Summary, d.Detail)
				at := attributeName(d.Attribute)
				for _, want := range test.want {
					if missingText(at+" "+text, want) != "" {
						t.Errorf("%q is missing (at %s):\n%s", want, at, text)
					}
				}
				if lines := strings.Count(text, "\n"); lines > 20 || d.Severity != tfprotov6.DiagnosticSeverityError {
					t.Errorf("%s, %d lines:\n%s", d.Severity, lines, text)
				}
				if test.hidden != "" && strings.Contains(text, test.hidden) {
					t.Errorf("the secret is shown:\n%s", text)
				}
				if testing.Verbose() {
					fmt.Printf("### %s, at %s\n%s\n", name, at, text)
				}
			}
		})
	}
}

// profilesFile returns the path of a shared config file with the profile default.
func profilesFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	content := `{"current": "default", "profiles": [{"name": "default", "mode": "AKSK", "accessKeyId": "A", "secretAccessKey": "B", "region": "ap-southeast-3"}]}`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// diagnostics returns the provider's diagnostics for an input.
func (w wrongInput) diagnostics(t *testing.T, given attrs) []*tfprotov6.Diagnostic {
	t.Helper()
	server := newServer(t)
	schemas := server.schemas
	kind, name, _ := strings.Cut(w.on, " ")
	name = "identitycenter_" + name
	var found []*tfprotov6.Diagnostic
	var err error
	ctx := t.Context()
	switch {
	case w.id != "":
		resp, importErr := server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: w.id})
		found, err = resp.Diagnostics, importErr
	case kind == "resource":
		resp, validateErr := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: dynamicOf(t, schemas.ResourceSchemas[name], given)})
		found, err = resp.Diagnostics, validateErr
	case kind == "data":
		resp, validateErr := server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: dynamicOf(t, schemas.DataSourceSchemas[name], given)})
		found, err = resp.Diagnostics, validateErr
	case kind == "action":
		resp, validateErr := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: dynamicOf(t, schemas.ActionSchemas[name].Schema, given)})
		found, err = resp.Diagnostics, validateErr
	case kind == "function":
		argument, argumentErr := tfprotov6.NewDynamicValue(stringValue("").Type(), stringValue(given["issued_before"].(string)))
		if argumentErr != nil {
			t.Fatal(argumentErr)
		}
		resp, callErr := server.CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: "session_cutoff_policy", Arguments: []*tfprotov6.DynamicValue{&argument}})
		if err = callErr; err == nil && resp.Error != nil {
			found = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Error in function call", Detail: resp.Error.Text}}
		}
	default:
		config := dynamicOf(t, schemas.Provider, given)
		resp, validateErr := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
		found, err = resp.Diagnostics, validateErr
		if err == nil && len(found) == 0 {
			configured, configureErr := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.0", Config: config})
			found, err = configured.Diagnostics, configureErr
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}
