// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package identitycenter

import (
	"cmp"
	"context"
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

// The actions for reading users: the call pages print the
// first, the newer table of actions the others.
const (
	permissionListUsers     = "IdentityCenter:user:listSessions and IdentityCenter:user:list"
	permissionDescribeUser  = "IdentityCenter:user:listSessions and IdentityCenter:user:describe"
	permissionDescribeUsers = "IdentityCenter:user:listSessions and IdentityCenter:user:describeUsers"
)

// describedUser is the response of DescribeUser, of which must be known whether it
// says that the user is enabled.
type describedUser struct {
	model.UserDto
	Enabled        *bool `json:"enabled"`
	HttpStatusCode int   `json:"-"` //nolint:revive // The SDK sets it by this name.
}

// User returns the user with an ID. A response that does not say whether the user
// is enabled is an error.
func (c *Client) User(ctx context.Context, identityStoreID, userID string) (User, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUser", Permission: permissionDescribeUser,
		Define:  responding[describedUser](store.GenReqDefForDescribeUser),
		Request: &model.DescribeUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}, func(r *describedUser) (User, string) {
		user := userOf(r.UserDto, identityStoreID)
		user.Enabled = value(r.Enabled)
		if fault := otherFault("user", user.ID, userID); fault != "" || r.Enabled != nil {
			return user, fault
		}
		return user, "it does not say whether the user is enabled"
	})
}

// UserGone tells whether a user does not exist any more. It is sure: DescribeUser
// says that there is no such user, and the identity store answers ListUsers, so that
// it is not the store that was not found. Else err says what the API answered.
func (c *Client) UserGone(ctx context.Context, identityStoreID, userID string) (gone bool, err error) {
	_, _, err = c.User(ctx, identityStoreID, userID)
	if !transport.NotFound(err) {
		return false, err
	}
	err = c.StoreAnswers(ctx, identityStoreID)
	return err == nil, err
}

// StoreAnswers is nil when an identity store answers ListUsers. Else it says what the API
// answered.
func (c *Client) StoreAnswers(ctx context.Context, identityStoreID string) error {
	for _, err := range c.Users(ctx, identityStoreID, "") {
		return err
	}
	return nil
}

// Users yields the users of an identity store, page by page, and ends with the
// first error. A userName that is not empty filters: the API's own filter may
// answer more than exact matches, these are left out here.
func (c *Client) Users(ctx context.Context, identityStoreID, userName string) iter.Seq2[User, error] {
	all := pages(ctx, c, func(limit *int32, marker *string) transport.Call {
		request := &model.ListUsersRequest{IdentityStoreId: identityStoreID, Limit: limit, Marker: marker}
		if userName != "" {
			request.UserName = &userName
		}
		return transport.Call{
			Service: transport.IdentityStore, Operation: "ListUsers", Permission: permissionListUsers,
			Define: store.GenReqDefForListUsers, Request: request,
		}
	}, "users", func(r *model.ListUsersResponse) (*[]model.UserDto, string) {
		return r.Users, value(r.PageInfo).NextMarker
	}, listedUser(identityStoreID))
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

// DescribeUsers returns the users with the IDs, at most 100 of them (API
// reference). One that does not exist is left out, or makes the call fail: it is
// not documented which.
func (c *Client) DescribeUsers(ctx context.Context, identityStoreID string, userIDs []string) ([]User, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUsers", Permission: permissionDescribeUsers,
		// The response has the same fields as that of ListUsers.
		Define:  responding[model.ListUsersResponse](store.GenReqDefForDescribeUsers),
		Request: &model.DescribeUsersRequest{IdentityStoreId: identityStoreID, Body: &model.DescribeUsersRequestBody{UserIds: userIDs}},
	}, func(r *model.ListUsersResponse) ([]User, string) {
		return convert("users", r.Users, listedUser(identityStoreID))
	})
}

// DisableUser keeps a user from logging in. A 409 may mean an unknown user, a
// conflict, or a user who is disabled already (it is not documented which): read
// the user back before judging it.
func (c *Client) DisableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DisableUser", Permission: "IdentityCenter:user:disableUser",
		Define:  store.GenReqDefForDisableUser,
		Request: &model.DisableUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
		// Its outcome is read back, also of an interrupted run.
		NoContent: true, Linger: deleteLinger,
	})
}

// EnableUser lets a user log in again. A 409 is as for DisableUser.
func (c *Client) EnableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	return write(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "EnableUser", Permission: "IdentityCenter:user:enableUser",
		Define:    store.GenReqDefForEnableUser,
		Request:   &model.EnableUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
		NoContent: true, Linger: deleteLinger,
	})
}

// listedUser returns the function that makes a user of an entry of a list of them.
func listedUser(identityStoreID string) func(model.UserDto) (user User, fault string) {
	return func(u model.UserDto) (User, string) { return userOf(u, identityStoreID), idFault("user_id", u.UserId) }
}

func userOf(u model.UserDto, identityStoreID string) User {
	name, enterprise := value(u.Name), value(u.Enterprise)
	user := User{
		ID: u.UserId, IdentityStoreID: cmp.Or(u.IdentityStoreId, identityStoreID), UserName: u.UserName, DisplayName: u.DisplayName,
		GivenName: name.GivenName, MiddleName: value(name.MiddleName), FamilyName: name.FamilyName,
		Nickname: value(u.Nickname), Title: value(u.Title), UserType: value(u.UserType), Enabled: u.Enabled,
		ExternalID: value(u.ExternalId), ExternalIDs: externalIDs(u.ExternalIds),
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
	return user
}

func externalIDs(given *[]model.ExternalIdDto) (ids []ExternalID) {
	for _, e := range value(given) {
		ids = append(ids, ExternalID{ID: e.Id, Issuer: e.Issuer})
	}
	return ids
}
