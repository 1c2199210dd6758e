// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

// Instance is an instance of IAM Identity Center.
type Instance struct {
	InstanceID      string `json:"instance_id"`
	IdentityStoreID string `json:"identity_store_id"`
	// Alias and InstanceURN are left out of the answers when they are empty.
	Alias       string `json:"alias,omitempty"`
	InstanceURN string `json:"instance_urn,omitempty"`
}

// AddInstance adds an instance, and its identity store when there is none yet.
// Every key may list it, those of member accounts too.
func (s *Simulator) AddInstance(instance Instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances = append(s.instances, instance)
	s.addStore(instance.IdentityStoreID)
}

func (s *Simulator) listInstances(r *request) answer {
	p, refused := r.page("instances")
	if refused != nil {
		return *refused
	}
	first := min(p.after, len(s.instances))
	last := min(first+p.limit, len(s.instances))
	// A copy that is never nil, as the API answers an empty list.
	instances := append([]Instance{}, s.instances[first:last]...)
	return ok(map[string]any{
		"instances": instances,
		"page_info": p.info(len(instances), last, last < len(s.instances)),
	})
}
