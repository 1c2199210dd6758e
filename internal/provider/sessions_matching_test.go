// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSessionsMatching_endsMatches(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var stays, ends []string
	for _, s := range c.Sessions(c.IdentityStoreID, c.alice().UserID) {
		if strings.HasPrefix(s.IPAddress, "198.51.100.") {
			stays = append(stays, s.SessionID)
		} else {
			ends = append(ends, s.SessionID)
		}
	}
	if len(stays) == 0 || len(ends) == 0 {
		t.Fatal("the seeded sessions are others now")
	}
	done := applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", "sessions_matching {\n not_from_networks = [\"198.51.100.0/24\"]\n}")))
	done.works(t)
	if got := done.resource.strings("revoked_session_ids"); !slices.Equal(sorted(got), sorted(ends)) {
		t.Errorf("revoked %v, want %v", got, ends)
	}
	if left := c.SessionIDs(c.alice()); !slices.Equal(left, stays) {
		t.Errorf("left: %v, want %v", left, stays)
	}
}

// A mistyped address or ID does not look like a success.
func TestRevocation_mistypedArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments, words string
		left             int
	}{
		"one of two addresses": {"sessions_matching {\n from_networks = [\"203.0.113.7\", \"198.51.100.32\"]\n}", "No session of user ALICE is from these networks. Check them. 198.51.100.32", 2},
		"address to leave out": {"sessions_matching {\n not_from_networks = [\"198.51.100.32\"]\n}", "No session of user ALICE is from one of not_from_networks, so none was left out", 0},
		"address":              {"sessions_matching {\n from_networks = [\"203.0.113.77\"]\n}", "No session of user ALICE was ended: none matches (3 sessions, from_networks left 0).", 3},
		"ID":                   {"session_ids = [\"typo\"]", "No session of user ALICE is known to have ended. The user has no session with these IDs: they ended before, or the IDs are wrong.", 3},
		"ID with verify":       {"session_ids = [\"typo\"]\nverify = true", "No session of user ALICE is known to have ended. The user has no session with these IDs: they ended before, or the IDs are wrong.", 3},
		"no ID":                {"session_ids = []", "session_ids is empty: creating this resource makes no request and ends no session of the user.", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			// A CLI prints warnings last.
			text := applyInProcess(t, c.config(c.Management, "", revocationOf("ALICE", test.arguments))).text
			if missing := missingText(text, strings.ReplaceAll(test.words, "ALICE", c.alice().UserID)); missing != "" {
				t.Errorf("%q is missing:\n%s", missing, text)
			}
			if left := len(c.SessionIDs(c.alice())); left != test.left {
				t.Errorf("%d sessions left", left)
			}
		})
	}
}

// A dependency on a data source for its order has a warning about the consequence.
func TestAccCLI_dependsOn(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "depends_on.tf")))
	expect(t, w, 0, "apply", "-auto-approve", "-var=input=1")
	output := expect(t, w, 0, "plan", "-no-color", "-var=input=2")
	if !text("Warning: Revocation repeated because of an unknown value").MatchString(output) || !text("depends_on on the data source that user_id comes from").MatchString(output) ||
		!strings.Contains(output, c.alice().UserID) || !text("must be replaced").MatchString(output) {
		t.Error(output)
	}
}

// If the configuration looks up a deleted user by name, the error names a solution, which works. A
// configuration with IDs has no such problem.
func TestAccCLI_deletedUser(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", fmt.Sprintf("data \"identitycenter_user\" \"this\" {\n identity_store_id = \"STORE\"\n user_name = %q\n}\n", c.alice().UserName)+
		strings.Replace(revocationOf("ALICE", "all_sessions = true"), "\"ALICE\"", "data.identitycenter_user.this.user_id", 1)))
	expect(t, w, 0, "apply", "-auto-approve")
	c.RemoveUser(c.IdentityStoreID, c.alice().UserID)
	for _, command := range []string{"plan", "destroy"} {
		if output := expect(t, w, 1, command, "-no-color"); !text("If the user was deleted, remove this data source and everything that refers to it from the configuration, then apply.").MatchString(output) {
			t.Errorf("%s: %s", command, output)
		}
	}
	configure(t, w, c.config(c.Management, "", ""))
	expect(t, w, 0, "apply", "-auto-approve")

	literal := newWorkspace(t, c.config(c.Management, "", revocationOf("CAROL", "all_sessions = true")))
	expect(t, literal, 0, "apply", "-auto-approve")
	c.RemoveUser(c.IdentityStoreID, c.Users[2].UserID)
	expect(t, literal, 0, "plan", "-detailed-exitcode")
	expect(t, literal, 0, "destroy", "-auto-approve")
}

// terraform test may use a mocked provider first, and then the real one with the state of the
// mocked one.
func TestAccCLI_mockedThenReal(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	w := newWorkspace(t, c.config(c.Management, "", testdata(t, "main.tf")))
	if err := os.WriteFile(filepath.Join(w.Dir, "main.tftest.hcl"), []byte(testdata(t, "main.tftest.hcl")), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, w, 0, "test", "-no-color")
}
