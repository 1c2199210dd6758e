// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"fmt"
	"time"
)

// Seeded is what Seed adds to a simulator. IDs and keys are always the same.
type Seeded struct {
	InstanceID      string
	InstanceURN     string
	Alias           string
	IdentityStoreID string
	Region          string
	// Users are Alice with three sessions, Bob with one, and Carol with none.
	Users []SeededUser
	// Management is a key of the organization's management account.
	Management Key
	// Member is a key of a member account, which may not call identitystore.
	Member Key
	// Groups are security, with Alice, and staff, with Alice and Bob.
	Groups []SeededGroup
	// PermissionSets are Administrator, whose policy has statements of others with unusual
	// formatting, and ReadOnly. Both policies are provisioned unchanged.
	PermissionSets []SeededPermissionSet
	// Accounts are the IDs of two accounts. Both permission sets are provisioned to
	// the first, ReadOnly also to the second.
	Accounts []string
	// Assignments give Alice Administrator in the first account, directly and through
	// security, and staff ReadOnly in both.
	Assignments []AccountAssignment
}

// SeededUser is a user with sessions, oldest first.
type SeededUser struct {
	User
	Sessions []Session
}

// SeededGroup is a group with its members.
type SeededGroup struct {
	Group
	UserIDs []string
}

// SeededPermissionSet is a permission set with its custom identity policy.
type SeededPermissionSet struct {
	PermissionSet
	CustomPolicy string
}

// administratorPolicy has features that an edit must preserve: white space, order of names,
// an unusual number, a repeated name, and characters that JSON libraries escape.
const administratorPolicy = `{ "Version" : "5.0",
  "Statement": [
    {"Sid": "everything", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]},
	{ "Condition" : { "NumericLessThan" : { "g:MFAAge" : [ 3.60e3 ] }, "StringMatch": {"g:UserAgent": ["<*> & co"]} },
      "Action":["iam:*:delete*","iam:*:delete*"], "Resource":["*"], "Effect":"Deny","Sid":"notWithoutMFA" , "Sid":"notWithoutMFA"}
  ] }
`

// readOnlyPolicy is an ordinary policy.
const readOnlyPolicy = `{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*:*:get*","*:*:list*"],"Resource":["*"]}]}`

// Seed adds the demonstration data: one instance, three users, two groups, two permission
// sets with their assignments, two keys. Each of Alice's sessions has a different address,
// browser and age.
func (s *Simulator) Seed() Seeded {
	s.mu.Lock()
	now := s.now().Truncate(time.Second)
	s.mu.Unlock()

	seeded := Seeded{
		InstanceID:      "ssoins-5f2c8e1ad90b7c34",
		InstanceURN:     "IdentityCenter::system:instance:ssoins-5f2c8e1ad90b7c34",
		Alias:           "example-corp",
		IdentityStoreID: "d-7f3a9c51e2",
		Region:          "ap-southeast-3",
		Management: Key{
			AccessKey: "HPUAMANAGEMENTACCT01", SecretKey: "simulatedManagementSecretKey000000000001",
			AccountID: "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
		},
		Member: Key{
			AccessKey: "HPUAMEMBERACCOUNT001", SecretKey: "simulatedMemberSecretKey0000000000000001",
			AccountID: "f9e8d7c6b5a493827160f5e4d3c2b1a0", Member: true,
		},
	}
	s.AddInstance(Instance{
		InstanceID: seeded.InstanceID, IdentityStoreID: seeded.IdentityStoreID, Alias: seeded.Alias, InstanceURN: seeded.InstanceURN,
		Region: seeded.Region,
	})
	s.AddKey(seeded.Management)
	s.AddKey(seeded.Member)

	session := func(name, address, agent string, age time.Duration) Session {
		return Session{
			SessionID: uuidLike("session", name), IPAddress: address, UserAgent: agent,
			CreationTime: now.Add(-age), SessionNotValidAfter: now.Add(-age).Add(defaultSession),
		}
	}
	seeded.Users = []SeededUser{
		{
			User: person("alice", "Alice", "Anders", "Security Engineer", now),
			Sessions: []Session{
				session("alice 1", "203.0.113.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", 6*time.Hour),
				session("alice 2", "198.51.100.23", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", 2*time.Hour),
				session("alice 3", "192.0.2.99", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", 10*time.Minute),
			},
		},
		{
			User:     person("bob", "Bob", "Brandt", "Accountant", now),
			Sessions: []Session{session("bob 1", "203.0.113.44", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", time.Hour)},
		},
		{User: person("carol", "Carol", "Castillo", "Consultant", now)},
	}
	for _, u := range seeded.Users {
		s.AddUser(seeded.IdentityStoreID, u.User)
		for _, session := range u.Sessions {
			s.AddSession(seeded.IdentityStoreID, u.UserID, session)
		}
	}
	s.seedAccess(&seeded, now)
	return seeded
}

// seedAccess adds groups, permission sets and assignments.
func (s *Simulator) seedAccess(seeded *Seeded, now time.Time) {
	alice, bob := seeded.Users[0].UserID, seeded.Users[1].UserID
	group := func(name, description string, members ...string) SeededGroup {
		return SeededGroup{UserIDs: members, Group: Group{
			GroupID: uuidLike("group", name), DisplayName: name, Description: description,
			ExternalIDs: []ExternalID{{ID: "hr-" + name, Issuer: "https://idp.example.com"}},
			CreatedBy:   "admin", UpdatedBy: "admin", CreatedAt: now.AddDate(-1, 0, 0), UpdatedAt: now.AddDate(0, -1, 0),
		}}
	}
	seeded.Groups = []SeededGroup{group("security", "Security engineers", alice), group("staff", "Everybody who works here", alice, bob)}
	for _, g := range seeded.Groups {
		s.AddGroup(seeded.IdentityStoreID, g.Group)
		for _, userID := range g.UserIDs {
			s.AddMember(seeded.IdentityStoreID, g.GroupID, userID)
		}
	}

	set := func(id, name, description, duration, policy string) SeededPermissionSet {
		return SeededPermissionSet{CustomPolicy: policy, PermissionSet: PermissionSet{
			PermissionSetID: id, Name: name, Description: description, SessionDuration: duration,
			PermissionURN: "IdentityCenter::system:permissionSet:" + seeded.InstanceID + "/" + id, CreatedDate: now.AddDate(-1, 0, 0),
		}}
	}
	seeded.PermissionSets = []SeededPermissionSet{
		set("ps-6c2b8f0d1e4a9375", "Administrator", "Everything", "PT8H", administratorPolicy),
		set("ps-b1d7e2a4093c58f6", "ReadOnly", "Reads everything", "PT1H30M", readOnlyPolicy),
	}
	for _, p := range seeded.PermissionSets {
		s.AddPermissionSet(seeded.InstanceID, p.PermissionSet)
		s.SetCustomPolicy(seeded.InstanceID, p.PermissionSetID, p.CustomPolicy)
	}

	administrator, readOnly := seeded.PermissionSets[0].PermissionSetID, seeded.PermissionSets[1].PermissionSetID
	security, staff := seeded.Groups[0].GroupID, seeded.Groups[1].GroupID
	seeded.Accounts = []string{hashHex("account", "production")[:32], hashHex("account", "development")[:32]}
	seeded.Assignments = []AccountAssignment{
		{AccountID: seeded.Accounts[0], PermissionSetID: administrator, PrincipalID: alice, PrincipalType: "USER"},
		{AccountID: seeded.Accounts[0], PermissionSetID: administrator, PrincipalID: security, PrincipalType: "GROUP"},
		{AccountID: seeded.Accounts[0], PermissionSetID: readOnly, PrincipalID: staff, PrincipalType: "GROUP"},
		{AccountID: seeded.Accounts[1], PermissionSetID: readOnly, PrincipalID: staff, PrincipalType: "GROUP"},
	}
	for _, a := range seeded.Assignments {
		s.AddAccountAssignment(seeded.InstanceID, a)
	}
}

// SeedUsers adds generated users, user-000001 and so on, with the same number of sessions
// each, to a store, and returns them.
func (s *Simulator) SeedUsers(storeID string, users, sessions int) []SeededUser {
	s.mu.Lock()
	now := s.now().Truncate(time.Second)
	s.mu.Unlock()

	seeded := make([]SeededUser, 0, users)
	for i := range users {
		u := SeededUser{User: person(fmt.Sprintf("user-%06d", i+1), "User", fmt.Sprintf("Number %d", i+1), "Employee", now)}
		s.AddUser(storeID, u.User)
		for j := range sessions {
			session := Session{
				SessionID: uuidLike("session", u.UserName, fmt.Sprint(j)), IPAddress: fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255),
				UserAgent: "Mozilla/5.0 (simulated)", CreationTime: now.Add(-time.Duration(j) * time.Second),
				SessionNotValidAfter: now.Add(defaultSession),
			}
			s.AddSession(storeID, u.UserID, session)
			u.Sessions = append(u.Sessions, session)
		}
		seeded = append(seeded, u)
	}
	return seeded
}

// person is a user with the attributes that are usually set.
func person(userName, given, family, title string, now time.Time) User {
	return User{
		UserID: uuidLike("user", userName), UserName: userName, DisplayName: given + " " + family,
		Name:         Name{GivenName: given, FamilyName: family, Formatted: given + " " + family},
		Emails:       []Email{{Value: userName + "@example.com", Type: "work", Primary: true, VerificationStatus: "VERIFIED"}},
		PhoneNumbers: []PhoneNumber{{Value: "+49 30 123456", Type: "work", Primary: true}},
		ExternalIDs:  []ExternalID{{ID: "hr-" + userName, Issuer: "https://idp.example.com"}},
		Enterprise: &Enterprise{
			EmployeeNumber: hashHex("employee", userName)[:8], Department: "IT", CostCenter: "4711",
			Organization: "Example Corp", Manager: &Manager{Value: "dora"},
		},
		Title: title, UserType: "Employee", Locale: "en-US", Timezone: "Europe/Berlin", PreferredLanguage: "en",
		Enabled: true, EmailVerified: true, CreatedBy: "admin", UpdatedBy: "admin",
		CreatedAt: now.AddDate(-1, 0, 0), UpdatedAt: now.AddDate(0, -1, 0),
	}
}

// uuidLike returns an ID in the form of a UUID. The same parts return the same ID.
func uuidLike(parts ...string) string {
	h := hashHex(parts...)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}
