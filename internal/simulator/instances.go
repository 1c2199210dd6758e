// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import "fmt"

// Instance is an instance of IAM Identity Center.
type Instance struct {
	InstanceID      string `json:"instance_id"`
	IdentityStoreID string `json:"identity_store_id"`
	// Alias and InstanceURN are omitted from responses if they are empty.
	Alias       string `json:"alias,omitempty"`
	InstanceURN string `json:"instance_urn,omitempty"`
	// Region is the response of DescribeRegisteredRegions; "" is no region.
	Region string `json:"-"`
}

// instance is an instance with its permission sets and assignments.
type instance struct {
	Instance
	number int
	// sets and provisionings are by ID.
	sets          map[string]*permissionSet
	provisionings map[string]*provisioning
	// assignments are by number; assigned is the last number.
	assignments map[principal][]*assignment
	assigned    int
	// changes are the creations and deletions of assignments, oldest first.
	changes []*assignmentChange
}

// AddInstance adds an instance, and its identity store if it does not exist. Every key may
// list it, also those of member accounts.
func (s *Simulator) AddInstance(added Instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances = append(s.instances, &instance{
		Instance: added, number: len(s.instances) + 1,
		sets: map[string]*permissionSet{}, provisionings: map[string]*provisioning{}, assignments: map[principal][]*assignment{},
	})
	s.addStore(added.IdentityStoreID)
}

// instance returns the instance with an ID; nil if there is none.
func (s *Simulator) instance(id string) *instance {
	for _, in := range s.instances {
		if in.InstanceID == id {
			return in
		}
	}
	return nil
}

// mustInstance returns an instance for a test; it panics if there is none.
func (s *Simulator) mustInstance(id string) *instance {
	in := s.instance(id)
	if in == nil {
		panic(fmt.Sprintf("simulator: no instance %q", id))
	}
	return in
}

// findInstance returns the instance of a request.
func (s *Simulator) findInstance(r *request) (*instance, error) {
	in := s.instance(r.ids["instance"])
	if in == nil {
		return nil, notFound(fmt.Sprintf("The instance %s does not exist.", r.ids["instance"]))
	}
	return in, nil
}

func (s *Simulator) listInstances(r *request) (any, error) {
	p, err := r.page("instances")
	if err != nil {
		return nil, err
	}
	instances, info := paged(p, s.instances, func(in *instance) int { return in.number },
		func(in *instance) (Instance, bool) { return in.Instance, true })
	return s.listed("instances", instances, info), nil
}

func (s *Simulator) describeRegisteredRegions(*request) (any, error) {
	type region struct {
		RegionID string `json:"region_id"`
	}
	regions := []region{}
	for _, in := range s.instances {
		if in.Region != "" {
			regions = append(regions, region{in.Region})
		}
	}
	return map[string]any{"regions": regions}, nil
}
