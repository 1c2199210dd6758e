// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestAccCLI_interrupt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments string
		fault     simulator.Fault
		operation string
	}{
		"while the API hangs":          {"session_ids = [\"s-1\"]", simulator.Fault{Operation: simulator.BatchDeleteSessions, Hang: true}, simulator.BatchDeleteSessions},
		"while the listing hangs":      {"all_sessions = true", simulator.Fault{Operation: simulator.ListSessions, Hang: true}, simulator.ListSessions},
		"while waiting for a retry":    {"session_ids = [\"s-1\"]", simulator.Fault{Operation: simulator.BatchDeleteSessions, Status: 503, Code: "IIC.500", Header: http.Header{"Retry-After": {"60"}}}, simulator.BatchDeleteSessions},
		"while throttled":              {"session_ids = [\"s-1\"]", simulator.Fault{Operation: simulator.BatchDeleteSessions, Status: 429, Code: "APIGW.0308", Header: http.Header{"Retry-After": {"60"}}}, simulator.BatchDeleteSessions},
		"while verifying":              {"session_ids = [\"s-1\"]\nverify = true", simulator.Fault{Operation: simulator.ListSessions, Hang: true}, simulator.ListSessions},
		"while the message is decoded": {"session_ids = [\"s-1\"]", simulator.Fault{Operation: simulator.DecodeAuthorizationMessage, Hang: true}, simulator.DecodeAuthorizationMessage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.AddSession(c.IdentityStoreID, c.alice().UserID, simulator.Session{SessionID: "s-1"})
			if test.operation == simulator.DecodeAuthorizationMessage {
				c.Inject(refusal(simulator.BatchDeleteSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
			}
			c.Inject(test.fault)
			w := newWorkspace(t, c.config(c.Management, "", revocationOf("ALICE", test.arguments)))

			ctx, interrupt := context.WithCancel(t.Context())
			_, wait := start(ctx, t, w, "apply", "-auto-approve", "-no-color")
			if err := c.Await(t.Context(), test.operation, 1); err != nil {
				t.Fatal(err)
			}
			interrupted := time.Now()
			interrupt()
			output := wait()
			// A hanging call would take 30 seconds, and a wait 60.
			if took := time.Since(interrupted); took > 3*time.Second { // on a busy machine
				t.Errorf("ended %s after the interrupt", took)
			} else {
				t.Logf("ended %s after the interrupt", took)
			}
			if !text("Error: Interrupted").MatchString(output) && test.operation != simulator.DecodeAuthorizationMessage {
				t.Errorf("no clear message:\n%s", output)
			}
		})
	}
}

// appending serves a handler and appends a text to each response, which net/http logs. It returns the
// URL.
func appending(t *testing.T, handler http.Handler, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = connection.Close() }()
		response := recorder.Result()
		response.ContentLength = int64(recorder.Body.Len())
		_ = response.Write(connection)
		_, _ = io.WriteString(connection, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// No file or output of a run contains a secret.
func TestAccCLI_secrets(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]bool{"success": false, "a server that echoes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			key := c.Management
			key.AccessKey, key.SecretKey, key.SecurityToken = "TEMPORARYKEY00000001", "theSecretKeyThatNobodyMaySee", "theSecurityTokenThatNobodyMaySee"
			c.AddKey(key)
			if !echo {
				c.URL = appending(t, c.Simulator, " unsolicited "+key.SecurityToken)
			} else {
				c.Inject(simulator.Fault{
					Operation: simulator.BatchDeleteSessions, Status: http.StatusForbidden, ContentType: "text/html",
					Header: http.Header{"X-Echo": {key.SecurityToken}},
					Body:   "<pre>X-Security-Token: " + key.SecurityToken + "\nkey: " + key.SecretKey + "</pre>",
				})
			}
			given := simulator.Key{AccessKey: "ACCESS", SecretKey: "SECRET", SecurityToken: "TOKEN"}
			config := strings.NewReplacer(`"SECRET"`, "var.secret_key", `"TOKEN"`, "var.security_token", `"ACCESS"`, `"`+key.AccessKey+`"`).Replace(c.config(given, "", testdata(t, "ephemeral_keys.tf")))
			w := newProcessWorkspace(t, config)
			w.Env = append(w.Env, "TF_VAR_secret_key="+key.SecretKey, "TF_VAR_security_token="+key.SecurityToken)
			status := 0
			if echo {
				status = 1
			}
			expect(t, w, 0, "plan", "-out=plan.bin")
			expect(t, w, 0, "show", "-json", "plan.bin")
			expect(t, w, status, "apply", "-auto-approve", "plan.bin")

			log, err := os.ReadFile(filepath.Join(w.Dir, "trace.log"))
			if err != nil || !bytes.Contains(log, []byte("Called the API")) || !bytes.Contains(log, []byte("[TRACE] provider")) {
				t.Errorf("the log has no entry of the provider or of Terraform: %v", err)
			}
			secrets := []string{key.SecretKey, key.SecurityToken}
			found, err := leaks(w.Dir, secrets)
			if err != nil || len(found) > 0 {
				t.Errorf("%v, %s", err, found)
			}
			// The search finds a secret in a file.
			if err := os.WriteFile(filepath.Join(w.Dir, "notes.txt"), []byte("a line\nwith "+key.SecretKey+" in it"), 0o600); err != nil {
				t.Fatal(err)
			}
			if found, err := leaks(w.Dir, secrets); err != nil || len(found) != 1 {
				t.Errorf("%v, %s", err, found)
			}
			if err := os.Remove(filepath.Join(w.Dir, "notes.txt")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The state of the huaweicloud provider is moved without a request.
func TestAccCLI_moveFromHuaweicloud(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	config := c.config(c.Management, "", `
moved {
  from = huaweicloud_identitycenter_user_session_delete.old
  to   = identitycenter_user_session_revocation.test
}
`+revocationOf("ALICE", "session_ids = [\"s-2\", \"s-1\"]"))
	w := newProcessWorkspace(t, config)
	// Terraform starts the provider of the resource in the state, but calls nothing. Any provider
	// will do.
	mirror := raceMirror(t)
	if err := mirror.Add("huaweicloud/huaweicloud", "1.0.0", mirror.Binary); err != nil {
		t.Fatal(err)
	}
	state := map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "11111111-2222-3333-4444-555555555555", "outputs": map[string]any{},
		"resources": []any{map[string]any{
			"mode": "managed", "type": "huaweicloud_identitycenter_user_session_delete", "name": "old",
			"provider": `provider["registry.terraform.io/huaweicloud/huaweicloud"]`,
			"instances": []any{map[string]any{
				"schema_version": 0,
				"attributes": map[string]any{
					"id": "8a6ba1b5-3d9e-4d4c-9e56-7a3b6a2f8f00", "region": "ap-southeast-3", "identity_store_id": c.IdentityStoreID,
					"user_id": c.alice().UserID, "session_ids": []string{"s-1", "s-2", "s-1"}, "enable_force_new": nil,
				},
			}},
		}},
	}
	encoded, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "terraform.tfstate"), encoded, 0o600); err != nil {
		t.Fatal(err)
	}

	expect(t, w, 0, "init")
	if plan := expect(t, w, 0, "plan", "-no-color"); !text("has moved to identitycenter_user_session_revocation.test").MatchString(plan) || !text("Plan: 0 to add, 0 to change, 0 to destroy.").MatchString(plan) {
		t.Errorf("plan:\n%s", plan)
	}
	expect(t, w, 0, "apply", "-auto-approve")
	// Exit status 0, not 2, means that there are no changes.
	expect(t, w, 0, "plan", "-detailed-exitcode")
	shown := expect(t, w, 0, "show", "-json")
	if !strings.Contains(shown, `"revoked_at":null`) || !strings.Contains(shown, `"revoked_session_ids":["s-1","s-2","s-1"]`) {
		t.Errorf("state: %s", shown)
	}
	// A change in place keeps null values.
	configure(t, w, strings.Replace(config, "session_ids =", "verify = true\nsession_ids =", 1))
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); !text("0 added, 1 changed, 0 destroyed").MatchString(output) {
		t.Error(output)
	}
	if names := c.Operations(); len(names) > 0 {
		t.Errorf("calls: %v", names)
	}
}

// A rejected access key is sent once, and every resource reports the reason.
func TestAccCLI_wrongKey(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	key := c.Management
	key.SecretKey = "aSecretKeyThatIsWrong"
	w := newWorkspace(t, c.config(key, "", `
resource "identitycenter_user_session_revocation" "test" {
  count             = 100
  identity_store_id = "STORE"
  user_id           = "user-${count.index}"
  session_ids       = ["s-1"]
}
`))
	output := expect(t, w, 1, "apply", "-auto-approve", "-no-color")
	if calls := c.Calls(); len(calls) != 1 {
		t.Errorf("%d calls reached the server", len(calls))
	}
	if n := strings.Count(output, "Access key rejected (HTTP 401, APIGW.0301)"); n != 100 {
		t.Errorf("%d of 100 resources report the cause:\n%.4000s", n, output)
	}
}

// The plan warns of an empty set if the set is known, also for a replacement. Otherwise the
// apply warns.
func TestAccCLI_emptySet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", `
data "identitycenter_user_sessions" "alice" {
  identity_store_id = "STORE"
  user_id           = "ALICE"
}
`+revocationOf("ALICE", "session_ids = data.identitycenter_user_sessions.alice.sessions[*].session_id")))
	warning := text("Warning: No session to revoke")
	if output := expect(t, w, 0, "apply", "-auto-approve", "-no-color"); warning.MatchString(output) {
		t.Errorf("a warning without a reason:\n%s", output)
	}
	// The data source now returns no sessions.
	if output := expect(t, w, 0, "plan", "-no-color"); !warning.MatchString(output) || !text("must be replaced").MatchString(output) {
		t.Errorf("no warning in the plan of the replacement:\n%s", output)
	}

	later := newWorkspace(t, c.config(c.Management, "", `
resource "terraform_data" "none" {
  input = toset([])
}
`+revocationOf("ALICE", "session_ids = terraform_data.none.output")))
	if output := expect(t, later, 0, "plan", "-no-color"); warning.MatchString(output) {
		t.Errorf("the plan cannot know:\n%s", output)
	}
	c.ResetCalls()
	output := expect(t, later, 0, "apply", "-auto-approve", "-no-color")
	if names := c.Operations(); len(names) > 0 {
		t.Errorf("calls: %v", names)
	}
	if n := len(warning.FindAllString(output, -1)); n != 1 {
		t.Errorf("%d warnings at apply:\n%s", n, output)
	}
}

// Sessions that could not be listed do not count as none.
func TestAccCLI_listingRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.Inject(refusal(simulator.ListSessions, 0, 0, http.StatusForbidden, "IIC.1000", "denied"))
	w := newWorkspace(t, c.config(c.Management, "", revocationOf("ALICE", "all_sessions = true")))
	if output := expect(t, w, 1, "apply", "-auto-approve", "-no-color"); !text("No session was ended. How many there are is not known.").MatchString(output) {
		t.Error(output)
	}
}
