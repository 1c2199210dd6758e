// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	store "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// User is a user of an identity store. A text that the API leaves out is empty.
type User struct {
	ID              string
	IdentityStoreID string
	UserName        string
	DisplayName     string
	GivenName       string
	MiddleName      string
	FamilyName      string
	Nickname        string
	Title           string
	UserType        string
	Enabled         bool
	Emails          []ContactPoint
	PhoneNumbers    []ContactPoint
	ExternalID      string
	ExternalIDs     []ExternalID
	Enterprise      Enterprise
	// CreatedAt and UpdatedAt are in UTC, and zero when the API does not say.
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	UpdatedBy string
}

// ContactPoint is an email address or a phone number.
type ContactPoint struct {
	Value   string
	Type    string
	Primary bool
	// VerificationStatus is set for email addresses: VERIFIED or NOT_VERIFIED.
	VerificationStatus string
}

// ExternalID is the identifier that an external identity provider gave the user.
type ExternalID struct {
	ID     string
	Issuer string
}

// Enterprise holds what an enterprise records of an employee.
type Enterprise struct {
	EmployeeNumber string
	CostCenter     string
	Department     string
	Division       string
	Organization   string
	Manager        string
}

// User returns the user with an ID. An unknown one is an *transport.Error with
// status 404.
func (c *Client) User(ctx context.Context, identityStoreID, userID string) (User, error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUser",
		Define:  store.GenReqDefForDescribeUser,
		Request: &model.DescribeUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}
	response, requestIDs, err := do[*model.DescribeUserResponse](ctx, c, call)
	if err != nil {
		return User{}, err
	}
	if value(response.UserId) == "" {
		return User{}, c.undocumented(call, requestIDs, "it has no user_id")
	}
	return userOf(model.UserDto{
		UserId: *response.UserId, IdentityStoreId: cmp.Or(value(response.IdentityStoreId), identityStoreID),
		UserName: value(response.UserName), DisplayName: value(response.DisplayName), Name: response.Name,
		Nickname: response.Nickname, Title: response.Title, UserType: response.UserType,
		Enabled: value(response.Enabled), Emails: value(response.Emails), PhoneNumbers: response.PhoneNumbers,
		ExternalId: response.ExternalId, ExternalIds: response.ExternalIds, Enterprise: response.Enterprise,
		CreatedAt: value(response.CreatedAt), CreatedBy: value(response.CreatedBy),
		UpdatedAt: value(response.UpdatedAt), UpdatedBy: value(response.UpdatedBy),
	}), nil
}

// Users yields the users of an identity store, page by page, and ends with the
// first error. A userName that is not empty filters: the API's own filter may
// answer more than exact matches, these are left out here.
func (c *Client) Users(ctx context.Context, identityStoreID, userName string) iter.Seq2[User, error] {
	all := pages(c, func(marker *string) (page[User], error) {
		limit := pageSize
		request := &model.ListUsersRequest{IdentityStoreId: identityStoreID, Limit: &limit, Marker: marker}
		if userName != "" {
			request.UserName = &userName
		}
		call := transport.Call{
			Service: transport.IdentityStore, Operation: "ListUsers",
			Define:  store.GenReqDefForListUsers,
			Request: request,
		}
		response, requestIDs, err := do[*model.ListUsersResponse](ctx, c, call)
		if err != nil {
			return page[User]{}, err
		}
		if response.Users == nil {
			return page[User]{}, c.undocumented(call, requestIDs, "it has no users")
		}
		p := page[User]{next: value(response.PageInfo).NextMarker, call: call, requestIDs: requestIDs}
		for n, u := range *response.Users {
			if u.UserId == "" {
				return page[User]{}, c.undocumented(call, requestIDs, fmt.Sprintf("users[%d] has no user_id", n))
			}
			u.IdentityStoreId = cmp.Or(u.IdentityStoreId, identityStoreID)
			p.entries = append(p.entries, userOf(u))
		}
		return p, nil
	})
	return func(yield func(User, error) bool) {
		for user, err := range all {
			if err == nil && userName != "" && user.UserName != userName {
				continue
			}
			if !yield(user, err) {
				return
			}
		}
	}
}

func userOf(u model.UserDto) User {
	name, enterprise := value(u.Name), value(u.Enterprise)
	user := User{
		ID: u.UserId, IdentityStoreID: u.IdentityStoreId, UserName: u.UserName, DisplayName: u.DisplayName,
		GivenName: name.GivenName, MiddleName: value(name.MiddleName), FamilyName: name.FamilyName,
		Nickname: value(u.Nickname), Title: value(u.Title), UserType: value(u.UserType), Enabled: u.Enabled,
		ExternalID: value(u.ExternalId),
		Enterprise: Enterprise{
			EmployeeNumber: value(enterprise.EmployeeNumber), CostCenter: value(enterprise.CostCenter),
			Department: value(enterprise.Department), Division: value(enterprise.Division),
			Organization: value(enterprise.Organization), Manager: value(value(enterprise.Manager).Value),
		},
		CreatedAt: timeOf(u.CreatedAt), CreatedBy: u.CreatedBy,
		UpdatedAt: timeOf(u.UpdatedAt), UpdatedBy: u.UpdatedBy,
	}
	for _, e := range u.Emails {
		contact := ContactPoint{Value: e.Value, Type: e.Type, Primary: e.Primary}
		if e.VerificationStatus != nil {
			contact.VerificationStatus = e.VerificationStatus.Value()
		}
		user.Emails = append(user.Emails, contact)
	}
	for _, p := range value(u.PhoneNumbers) {
		user.PhoneNumbers = append(user.PhoneNumbers, ContactPoint{
			Value: value(p.Value), Type: value(p.Type), Primary: value(p.Primary),
		})
	}
	for _, e := range value(u.ExternalIds) {
		user.ExternalIDs = append(user.ExternalIDs, ExternalID{ID: e.Id, Issuer: e.Issuer})
	}
	return user
}
