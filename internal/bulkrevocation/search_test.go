// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package bulkrevocation

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

func TestMain(m *testing.M) {
	secondLookUpDelay = 10 * time.Millisecond
	os.Exit(m.Run())
}

func byName(names ...string) func(*Request) {
	return func(r *Request) { r.Selection.UserNames = names }
}

func TestSelection_userNames(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 4, 1, func(o *simulator.Options) { o.FuzzyUserName = true })
	outcome, err := b.revokeMany(t.Context(), byName(users[0].UserName, users[1].UserName, users[0].UserName, "user", strings.ToUpper(users[3].UserName)), named(users[1].UserID))
	unknown := []string{strings.ToUpper(users[3].UserName), "user"}
	slices.Sort(unknown)
	if err != nil || outcome.Found != 2 || outcome.Done != 2 || outcome.Sessions != 2 || b.left(users) != 2 || !outcome.Complete() || !slices.Equal(outcome.UnknownUserNames, unknown) {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
}

func TestSelection_unknownNames(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 2, 1)
	outcome, err := b.revokeMany(t.Context(), byName("typo", ""))
	if !errors.Is(err, ErrNoneKnown) || b.left(users) != 2 || len(outcome.UnknownUserNames) != 2 {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
}

func TestSelection_nameLookupFails(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 2, 1)
	fault := simulator.Refuse(500, "IIC.500", "Oops.")
	fault.Operation = simulator.ListUsers
	fault.Match = func(c simulator.Call) bool { return strings.Contains(c.Query.Get("user_name"), users[0].UserName) }
	b.Inject(fault)
	outcome, err := b.revokeMany(t.Context(), byName(users[0].UserName, users[1].UserName))
	var search *SearchError
	if !errors.As(err, &search) || search.Argument != "user_names" || outcome.AllFound || outcome.Complete() || outcome.Sessions != 1 {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
	_, err = b.revokeMany(t.Context(), byName(users[0].UserName, "typo"))
	if !errors.As(err, &search) || errors.Is(err, ErrNoneKnown) || strings.Contains(err.Error(), ErrNoneKnown.Error()) {
		t.Errorf("with an unknown name: %v", err)
	}
}

// A name is compared as it is, not as it is shown.
func TestSelection_unprintableName(t *testing.T) {
	t.Parallel()
	b, _ := manyUsers(t, 1, 1)
	const name = "alice\u3000anders"
	b.AddUser(b.IdentityStoreID, simulator.User{UserName: name, Enabled: true})
	outcome, err := b.revokeMany(t.Context(), byName(name))
	if err != nil || outcome.Found != 1 || len(outcome.UnknownUserNames) != 0 {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
}

// An exception without a matching user is an error, and no session is ended.
func TestSelection_emptyException(t *testing.T) {
	t.Parallel()
	for name, exception := range map[string]struct {
		set      func(*Selection)
		argument string
		want     error
	}{
		"unknown user":  {func(s *Selection) { s.ExceptUserIDs = append(s.ExceptUserIDs, "typo") }, "except_user_ids", ErrUnknownException},
		"empty group":   {func(s *Selection) { s.ExceptGroupIDs = []string{"one", "empty"} }, "except_group_ids", ErrEmptyException},
		"unknown group": {func(s *Selection) { s.ExceptGroupIDs = []string{"typo"} }, "except_group_ids", nil},
	} {
		for selected, selects := range map[string]func(*Selection, []simulator.SeededUser){
			"all":   func(s *Selection, _ []simulator.SeededUser) { s.All = true },
			"named": func(s *Selection, users []simulator.SeededUser) { s.UserIDs = userIDs(users) },
			"group": func(s *Selection, _ []simulator.SeededUser) { s.GroupIDs = []string{"one"} },
		} {
			b, users := manyUsers(t, 3, 1)
			b.group("one", users...)
			b.group("empty")
			_, err := b.revokeMany(t.Context(), func(r *Request) {
				selects(&r.Selection, users)
				r.Selection.ExceptUserIDs = []string{users[0].UserID}
				exception.set(&r.Selection)
			})
			var wrong *SelectionError
			var search *SearchError
			switch {
			case exception.want == nil && (!errors.As(err, &search) || search.Argument != exception.argument):
				t.Errorf("%s, %s: %v", name, selected, err)
			case exception.want != nil && (!errors.As(err, &wrong) || wrong.Argument != exception.argument || len(wrong.Entries) != 1 || !errors.Is(err, exception.want)):
				t.Errorf("%s, %s: %v", name, selected, err)
			case b.left(users) != 3 || len(b.CallsOf(simulator.ListSessions)) > 0:
				t.Errorf("%s, %s: %d sessions left", name, selected, b.left(users))
			}
		}
	}
}

func TestSelection_upperCaseIDs(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 4, 1)
	outcome, err := b.revokeMany(t.Context(), everybody, func(r *Request) {
		r.Selection.ExceptUserIDs = []string{strings.ToUpper(users[0].UserID)}
		r.Selection.ProtectedUserIDs = []string{strings.ToUpper(users[1].UserID)}
	})
	if err != nil || outcome.Sessions != 2 || b.left(users[:2]) != 2 || len(outcome.UnknownProtectedUserIDs) > 0 {
		t.Errorf("%v: %+v", err, outcome.Tally)
	}
	outcome, err = b.revokeMany(t.Context(), named(strings.ToUpper(users[0].UserID), users[2].UserID), func(r *Request) {
		r.Selection.ExceptUserIDs = []string{users[0].UserID}
	})
	if err != nil || outcome.Found != 1 || b.left(users[:2]) != 2 {
		t.Errorf("a selected ID in upper case: %v: %+v", err, outcome.Tally)
	}
}

func TestSelection_protectedUsers(t *testing.T) {
	t.Parallel()
	for _, selects := range []func(*Request){everybody, func(r *Request) { r.Selection.GroupIDs = []string{"all"} }} {
		b, users := manyUsers(t, 4, 1)
		b.group("all", users...)
		b.group("responders", users[1], users[2])
		b.group("empty")
		outcome, err := b.revokeMany(t.Context(), selects, func(r *Request) {
			r.Selection.ProtectedUserIDs = []string{users[0].UserID, "deleted"}
			r.Selection.ProtectedGroupIDs = []string{"responders", "deleted", "empty"}
		})
		if err != nil || !outcome.Complete() || outcome.Sessions != 1 || b.left(users[:3]) != 3 ||
			!slices.Equal(outcome.UnknownProtectedUserIDs, []string{"deleted"}) || !slices.Equal(outcome.UnknownProtectedGroupIDs, []string{"deleted", "empty"}) {
			t.Errorf("%v: %+v", err, outcome.Tally)
		}
	}
}

func TestSelection_selectedProtectedUser(t *testing.T) {
	t.Parallel()
	for argument, selects := range map[string]func(*Selection, simulator.SeededUser){
		"user_ids":   func(s *Selection, u simulator.SeededUser) { s.UserIDs = append(s.UserIDs, strings.ToUpper(u.UserID)) },
		"user_names": func(s *Selection, u simulator.SeededUser) { s.UserNames = []string{u.UserName} },
	} {
		for protection, protects := range map[string]func(*Selection, simulator.SeededUser){
			"ID":    func(s *Selection, u simulator.SeededUser) { s.ProtectedUserIDs = []string{u.UserID} },
			"group": func(s *Selection, _ simulator.SeededUser) { s.ProtectedGroupIDs = []string{"responders"} },
		} {
			b, users := manyUsers(t, 3, 1)
			b.group("responders", users[1])
			_, err := b.revokeMany(t.Context(), func(r *Request) {
				r.Selection.UserIDs = []string{users[0].UserID}
				selects(&r.Selection, users[1])
				protects(&r.Selection, users[1])
			})
			var wrong *SelectionError
			if !errors.As(err, &wrong) || wrong.Argument != argument || !errors.Is(err, ErrProtected) || b.left(users) != 3 || len(b.CallsOf(simulator.ListSessions)) > 0 {
				t.Errorf("%s, protected by %s: %v, %d left", argument, protection, err, b.left(users))
			}
		}
	}
}

func TestSelection_unreadableProtectedGroup(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 2, 1)
	fault := simulator.Refuse(http.StatusForbidden, "IIC.1000", "No.")
	fault.Operation = simulator.ListGroupMemberships
	b.Inject(fault)
	_, err := b.revokeMany(t.Context(), everybody, func(r *Request) { r.Selection.ProtectedGroupIDs = []string{"responders"} })
	var search *SearchError
	if !errors.As(err, &search) || search.Argument != "protected_group_ids" || b.left(users) != 2 {
		t.Errorf("%v", err)
	}
}

// A user who is not found is looked up again.
func TestUser_notFoundOnce(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		describe, listed := n%2 == 1, n/2 == 1
		b, users := manyUsers(t, 2, 1)
		choose := named(userIDs(users)...)
		if listed {
			choose = everybody
		}
		faults := []simulator.Fault{{Operation: simulator.ListSessions, Status: 404, Code: "IIC.1002", Message: "No such user.", Times: 1}}
		if describe {
			faults = append(faults, simulator.Fault{Operation: simulator.DescribeUser, Status: 404, Code: "IIC.1002", Message: "No such user.", Times: 1})
		}
		b.Inject(faults...)
		outcome, err := b.revokeMany(t.Context(), choose)
		switch {
		case describe && (err != nil || outcome.Deleted+len(outcome.Unknown) != 0 || b.left(users) != 0 || !outcome.Complete()):
			t.Errorf("%v: %+v", err, outcome.Tally)
		case !describe && (outcome.Deleted+len(outcome.Unknown) != 0 || outcome.Done+outcome.Failed != 2):
			t.Errorf("%v: %+v", err, outcome.Tally)
		}
	}
}

// A user whose sessions end in two parts, because the user is not found in between, counts once.
func TestUser_workedOnTwice(t *testing.T) {
	t.Parallel()
	b, users := manyUsers(t, 1, 150)
	for operation, after := range map[string]int{simulator.BatchDeleteSessions: 1, simulator.ListSessions: 1, simulator.DescribeUser: 0} {
		b.Inject(simulator.Fault{Operation: operation, Status: 404, Code: "IIC.1002", Message: "No such user.", After: after, Times: 1})
	}
	outcome, err := b.revokeMany(t.Context(), everybody)
	if err != nil || outcome.Revoked != 1 || len(outcome.RevokedUserIDs) != 1 || outcome.Sessions != 150 || b.left(users) > 0 {
		t.Errorf("%v: %d of %v, %d sessions", err, outcome.Revoked, outcome.RevokedUserIDs, outcome.Sessions)
	}
}
