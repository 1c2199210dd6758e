// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"unicode/utf8"
)

// SetCustomPolicy sets the custom identity policy of a permission set to any string; "" is
// none. No account has it before the next provisioning. Like the other functions of this
// file, it panics if the permission set does not exist.
func (s *Simulator) SetCustomPolicy(instanceID, permissionSetID, policy string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustPermissionSet(instanceID, permissionSetID).setPolicy(policy)
}

// CustomPolicy returns the custom identity policy of a permission set, and whether there is
// one.
func (s *Simulator) CustomPolicy(instanceID, permissionSetID string) (policy string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	return set.policy, set.policy != ""
}

// SetCustomRole sets the old custom policy of a permission set; "" is none.
func (s *Simulator) SetCustomRole(instanceID, permissionSetID, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	set.role = role
	set.revision++
}

// CustomRole returns the old custom policy of a permission set, and whether there is one.
func (s *Simulator) CustomRole(instanceID, permissionSetID string) (role string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	return set.role, set.role != ""
}

// AddManagedRole attaches an old system-defined policy.
func (s *Simulator) AddManagedRole(instanceID, permissionSetID, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.mustPermissionSet(instanceID, permissionSetID)
	set.managedRoles = append(set.managedRoles, managedRole{RoleID: hashHex("role", name)[:32], RoleName: name, number: len(set.managedRoles) + 1})
	set.revision++
}

// ManagedRoles returns the names of the attached old system-defined policies.
func (s *Simulator) ManagedRoles(instanceID, permissionSetID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := []string{}
	for _, role := range s.mustPermissionSet(instanceID, permissionSetID).managedRoles {
		names = append(names, role.RoleName)
	}
	return names
}

// setPolicy changes the policy of the permission set, but not of its accounts.
func (p *permissionSet) setPolicy(policy string) {
	p.policy = policy
	p.revision++
}

// change changes the policy for a call of the API. The next reads may still return the old
// one.
func (p *permissionSet) change(policy string, staleReads int) {
	if p.staleReads == 0 {
		p.stalePolicy = p.policy
	}
	p.staleReads = staleReads
	p.setPolicy(policy)
}

// readPolicy returns the policy for a GET.
func (p *permissionSet) readPolicy() string {
	if p.staleReads > 0 {
		p.staleReads--
		return p.stalePolicy
	}
	return p.policy
}

// textOrNone is the response of a GET that returns one string.
func (s *Simulator) textOrNone(name, text string) (any, error) {
	if text == "" && s.options.NoPolicy == http.StatusNotFound {
		return nil, notFound("The permission set has no " + name + ".")
	}
	return map[string]any{name: text}, nil
}

func (s *Simulator) getCustomPolicy(r *request) (any, error) {
	_, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	return s.textOrNone("custom_policy", set.readPolicy())
}

func (s *Simulator) getCustomRole(r *request) (any, error) {
	_, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	return s.textOrNone("custom_role", set.role)
}

func (s *Simulator) putCustomPolicy(r *request) (any, error) {
	var wanted struct {
		CustomPolicy string `json:"custom_policy"`
	}
	if err := decode(r.body, &wanted); err != nil {
		return nil, badRequest(err.Error())
	}
	limit := cmp.Or(s.options.PolicyLimit, 131072)
	if n := utf8.RuneCountInString(wanted.CustomPolicy); n < 1 || n > limit {
		return nil, badRequest(fmt.Sprintf("custom_policy has %d characters instead of 1 to %d", n, limit))
	}
	if err := checkPolicy(wanted.CustomPolicy); err != nil {
		return nil, badRequest("custom_policy is malformed: " + err.Error())
	}
	_, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	set.change(s.options.kept(wanted.CustomPolicy), s.options.StalePolicyReads)
	if s.options.PutDeletesOldPolicies {
		set.role, set.managedRoles = "", nil
	}
	return nil, nil
}

func (s *Simulator) deleteCustomPolicy(r *request) (any, error) {
	_, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	if set.policy == "" && s.options.NoPolicy == http.StatusNotFound {
		return nil, notFound("The permission set has no custom_policy.")
	}
	set.change("", s.options.StalePolicyReads)
	return nil, nil
}

// checkPolicy refuses a string that is not a policy of grammar 5.0: an object with the Version and
// at least one Statement that allows or denies (IAM user guide).
func checkPolicy(policy string) error {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return err
	}
	if string(document["Version"]) != `"5.0"` {
		return fmt.Errorf("Version is %s instead of \"5.0\"", document["Version"]) //nolint:staticcheck // A field's name.
	}
	var statements []map[string]json.RawMessage
	if err := json.Unmarshal(document["Statement"], &statements); err != nil || len(statements) == 0 {
		return errors.New("Statement is no array of at least one object") //nolint:staticcheck // A field's name.
	}
	for _, statement := range statements {
		if effect := string(statement["Effect"]); effect != `"Allow"` && effect != `"Deny"` {
			return fmt.Errorf("Effect is %s instead of \"Allow\" or \"Deny\"", effect) //nolint:staticcheck // A field's name.
		}
	}
	return nil
}

// sid matches the Sid of a statement with its comma.
var sid = regexp.MustCompile(`"Sid"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*|,\s*"Sid"\s*:\s*"(?:[^"\\]|\\.)*"|"Sid"\s*:\s*"(?:[^"\\]|\\.)*"`)

// kept returns the part of a policy that the API keeps.
func (o Options) kept(policy string) string {
	if o.DropSid {
		policy = sid.ReplaceAllString(policy, "")
	}
	if !o.ReformatPolicies {
		return policy
	}
	d := json.NewDecoder(bytes.NewReader([]byte(policy)))
	d.UseNumber()
	var document any
	var reformatted bytes.Buffer
	e := json.NewEncoder(&reformatted)
	e.SetEscapeHTML(false)
	if err := errors.Join(d.Decode(&document), e.Encode(document)); err != nil {
		panic(fmt.Sprintf("simulator: a policy cannot be formatted: %v", err))
	}
	return string(bytes.TrimSpace(reformatted.Bytes()))
}

func (s *Simulator) listManagedRoles(r *request) (any, error) {
	in, set, err := s.findPermissionSet(r)
	if err != nil {
		return nil, err
	}
	p, err := r.page("managed roles", in.InstanceID, set.PermissionSetID)
	if err != nil {
		return nil, err
	}
	entries, info := paged(p, set.managedRoles, func(role managedRole) int { return role.number }, func(role managedRole) (managedRole, bool) {
		return role, true
	})
	return s.listed("attached_managed_roles", entries, info), nil
}
