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

// The actions for reading users: the call pages print the
// first, the newer table of actions the others.
const (
	permissionListUsers     = "IdentityCenter:user:listSessions and IdentityCenter:user:list"
	permissionDescribeUser  = "IdentityCenter:user:listSessions and IdentityCenter:user:describe"
	permissionDescribeUsers = "IdentityCenter:user:listSessions and IdentityCenter:user:describeUsers"
)

// User returns the user with an ID. A response that does not say whether the user
// is enabled is an error.
func (c *Client) User(ctx context.Context, identityStoreID, userID string) (User, transport.Receipt, error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUser", Permission: permissionDescribeUser,
		Define:  store.GenReqDefForDescribeUser,
		Request: &model.DescribeUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}
	response, receipt, err := do[*model.DescribeUserResponse](ctx, c, call)
	if err != nil {
		return User{}, receipt, err
	}
	switch {
	case value(response.UserId) == "":
		return User{}, receipt, c.undocumented(call, receipt, "it has no user_id")
	case *response.UserId != userID:
		return User{}, receipt, c.undocumented(call, receipt, fmt.Sprintf("it is about another user, %q", transport.Printable(*response.UserId, transport.LongestID)))
	case response.Enabled == nil:
		return User{}, receipt, c.undocumented(call, receipt, "it does not say whether the user is enabled")
	}
	return userOf(model.UserDto{
		UserId: *response.UserId, IdentityStoreId: cmp.Or(value(response.IdentityStoreId), identityStoreID),
		UserName: value(response.UserName), DisplayName: value(response.DisplayName), Name: response.Name,
		Nickname: response.Nickname, Title: response.Title, UserType: response.UserType,
		Enabled: *response.Enabled, Emails: value(response.Emails), PhoneNumbers: response.PhoneNumbers,
		ExternalId: response.ExternalId, ExternalIds: response.ExternalIds, Enterprise: response.Enterprise,
		CreatedAt: value(response.CreatedAt), CreatedBy: value(response.CreatedBy),
		UpdatedAt: value(response.UpdatedAt), UpdatedBy: value(response.UpdatedBy),
	}), receipt, nil
}

// UserGone tells whether a user does not exist any more. It is sure: DescribeUser
// says that there is no such user, and the identity store answers ListUsers, so that
// it is not the store that was not found. Else err says what the API answered.
func (c *Client) UserGone(ctx context.Context, identityStoreID, userID string) (gone bool, err error) {
	_, _, err = c.User(ctx, identityStoreID, userID)
	if !transport.NotFound(err) {
		return false, err
	}
	for _, err := range c.Users(ctx, identityStoreID, "") {
		if err != nil {
			return false, err
		}
		break
	}
	return true, nil
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
			Service: transport.IdentityStore, Operation: "ListUsers", Permission: permissionListUsers,
			Define:  store.GenReqDefForListUsers,
			Request: request,
		}
		response, receipt, err := do[*model.ListUsersResponse](ctx, c, call)
		if err != nil {
			return page[User]{}, err
		}
		if response.Users == nil {
			return page[User]{}, c.undocumented(call, receipt, "it has no users")
		}
		p := page[User]{next: value(response.PageInfo).NextMarker, call: call, receipt: receipt, entries: make([]User, 0, len(*response.Users))}
		for n, u := range *response.Users {
			if fault := idFault(u.UserId); fault != "" {
				return page[User]{}, c.undocumented(call, receipt, fmt.Sprintf("the user_id of users[%d] %s", n, fault))
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

// DescribeUsers returns the users with the IDs, at most 100 of them (API
// reference). One that does not exist is left out, or makes the call fail: it is
// not documented which.
func (c *Client) DescribeUsers(ctx context.Context, identityStoreID string, userIDs []string) ([]User, transport.Receipt, error) {
	call := transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUsers", Permission: permissionDescribeUsers,
		Define:  responding[describedUsers](store.GenReqDefForDescribeUsers),
		Request: &model.DescribeUsersRequest{IdentityStoreId: identityStoreID, Body: &model.DescribeUsersRequestBody{UserIds: userIDs}},
	}
	response, receipt, err := do[*describedUsers](ctx, c, call)
	if err != nil {
		return nil, receipt, err
	}
	if response.Users == nil {
		return nil, receipt, c.undocumented(call, receipt, "it has no users")
	}
	var users []User
	for n, u := range *response.Users {
		if fault := idFault(u.UserId); fault != "" {
			return nil, receipt, c.undocumented(call, receipt, fmt.Sprintf("the user_id of users[%d] %s", n, fault))
		}
		u.IdentityStoreId = cmp.Or(u.IdentityStoreId, identityStoreID)
		users = append(users, userOf(u))
	}
	return users, receipt, nil
}

// describedUsers is the response of DescribeUsers: the SDK's model has the same
// fields as that of ListUsers under another name.
type describedUsers struct {
	Users          *[]model.UserDto `json:"users,omitempty"`
	HttpStatusCode int              `json:"-"` //nolint:revive // The SDK sets it by this name.
}

// DisableUser keeps a user from logging in. A 409 may mean an unknown user, a
// conflict, or a user who is disabled already (it is not documented which): read
// the user back before judging it.
func (c *Client) DisableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	_, receipt, err := do[*model.DisableUserResponse](ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DisableUser", Permission: "IdentityCenter:user:disableUser",
		Define:  store.GenReqDefForDisableUser,
		Request: &model.DisableUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
		// Its outcome is read back, also of an interrupted run.
		NoContent: true, Linger: deleteLinger,
	})
	return receipt, err
}

// EnableUser lets a user log in again. A 409 is as for DisableUser.
func (c *Client) EnableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	_, receipt, err := do[*model.EnableUserResponse](ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "EnableUser", Permission: "IdentityCenter:user:enableUser",
		Define:    store.GenReqDefForEnableUser,
		Request:   &model.EnableUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
		NoContent: true, Linger: deleteLinger,
	})
	return receipt, err
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
