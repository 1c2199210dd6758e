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

// longestName limits a name or an address of a user, group or instance, in bytes.
const longestName = 1024

// User is a user of an identity store. All strings are printable and without secrets; a
// string that the API omits is empty.
type User struct {
	ID          string
	UserName    string
	DisplayName string
	GivenName   string
	MiddleName  string
	FamilyName  string
	Nickname    string
	Title       string
	UserType    string
	// Enabled is nil if a list omits the status.
	Enabled      *bool
	Emails       []ContactPoint
	PhoneNumbers []ContactPoint
	ExternalID   string
	ExternalIDs  []ExternalID
	Enterprise   Enterprise
	// CreatedAt and UpdatedAt are in UTC, and zero if the API omits them.
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	UpdatedBy string

	name string // UserName unchanged
}

// Disabled reports whether the user is known to be disabled.
func (u User) Disabled() bool { return u.Enabled != nil && !*u.Enabled }

// ContactPoint is an email address or a phone number.
type ContactPoint struct {
	Value   string
	Type    string
	Primary bool
	// VerificationStatus is set for email addresses: VERIFIED or NOT_VERIFIED.
	VerificationStatus string
}

// ExternalID is an identifier from an external identity provider.
type ExternalID struct {
	ID     string
	Issuer string
}

// Enterprise has attributes of an employee.
type Enterprise struct {
	EmployeeNumber string
	CostCenter     string
	Department     string
	Division       string
	Organization   string
	Manager        string
}

// Identity policy actions for reading users: the first is on the pages of the calls, the
// others are in the newer table of actions (API-FACTS.md, user-actions).
const (
	permissionListUsers     = "IdentityCenter:user:listSessions and IdentityCenter:user:list"
	permissionDescribeUser  = "IdentityCenter:user:listSessions and IdentityCenter:user:describe"
	permissionDescribeUsers = "IdentityCenter:user:listSessions and IdentityCenter:user:describeUsers"
)

// userDTO is a user. Only the ID must have the documented type: an invalid other field must
// not prevent the end of a session.
type userDTO struct {
	UserID       string                       `json:"user_id"`
	UserName     lenient[string]              `json:"user_name"`
	DisplayName  lenient[string]              `json:"display_name"`
	Name         lenient[nameDTO]             `json:"name"`
	Nickname     lenient[string]              `json:"nickname"`
	Title        lenient[string]              `json:"title"`
	UserType     lenient[string]              `json:"user_type"`
	Enabled      flag                         `json:"enabled"`
	Emails       lenient[[]lenient[emailDTO]] `json:"emails"`
	PhoneNumbers lenient[[]lenient[emailDTO]] `json:"phone_numbers"`
	ExternalID   lenient[string]              `json:"external_id"`
	ExternalIDs  lenient[[]externalIDDTO]     `json:"external_ids"`
	Enterprise   lenient[enterpriseDTO]       `json:"enterprise"`
	CreatedAt    timestamp                    `json:"created_at"`
	CreatedBy    lenient[string]              `json:"created_by"`
	UpdatedAt    timestamp                    `json:"updated_at"`
	UpdatedBy    lenient[string]              `json:"updated_by"`
}

type nameDTO struct {
	GivenName  lenient[string] `json:"given_name"`
	MiddleName lenient[string] `json:"middle_name"`
	FamilyName lenient[string] `json:"family_name"`
}

// emailDTO is an email address or a phone number, which has no verification_status.
type emailDTO struct {
	Value              lenient[string] `json:"value"`
	Type               lenient[string] `json:"type"`
	Primary            flag            `json:"primary"`
	VerificationStatus lenient[string] `json:"verification_status"`
}

type externalIDDTO struct {
	ID     lenient[string] `json:"id"`
	Issuer lenient[string] `json:"issuer"`
}

type enterpriseDTO struct {
	EmployeeNumber lenient[string] `json:"employee_number"`
	CostCenter     lenient[string] `json:"cost_center"`
	Department     lenient[string] `json:"department"`
	Division       lenient[string] `json:"division"`
	Organization   lenient[string] `json:"organization"`
	Manager        lenient[struct {
		Value lenient[string] `json:"value"`
	}] `json:"manager"`
}

// userResponse is the response of DescribeUser.
type userResponse struct {
	userDTO
	sdkModel
}

// usersResponse is the response of ListUsers, and of DescribeUsers, which is not paged.
type usersResponse struct {
	Users *[]userDTO `json:"users"`
	paged
}

// User returns the user with an ID. It is an error if the response is about another user, or
// does not say whether the user is enabled.
func (c *Client) User(ctx context.Context, identityStoreID, userID string) (User, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUser", Permission: permissionDescribeUser,
		Define:  responding[userResponse](store.GenReqDefForDescribeUser),
		Request: &model.DescribeUserRequest{IdentityStoreId: identityStoreID, UserId: userID},
	}, func(r *userResponse) (User, string) {
		user, _ := c.user(r.userDTO)
		fault := otherFault("user", r.UserID, userID)
		if r.Enabled.value == nil {
			fault = cmp.Or(fault, "it does not say whether the user is enabled")
		}
		return user, fault
	})
}

// UserGone reports whether a user is confirmed to be missing: DescribeUser returns not found, and
// ListUsers succeeds, so the identity store exists. Otherwise err is the API's error.
func (c *Client) UserGone(ctx context.Context, identityStoreID, userID string) (gone bool, err error) {
	_, _, err = c.User(ctx, identityStoreID, userID)
	if !transport.NotFound(err) {
		return false, err
	}
	err = c.StoreAnswers(ctx, identityStoreID)
	return err == nil, err
}

// StoreAnswers returns nil if ListUsers succeeds for an identity store, and otherwise its
// error.
func (c *Client) StoreAnswers(ctx context.Context, identityStoreID string) error {
	for _, err := range c.Users(ctx, identityStoreID, "") {
		return err
	}
	return nil
}

// Users yields the users of an identity store, each once. It reads page by page and ends with
// the first error. If userName is not empty, it yields the users with exactly this name: the
// filter of the API may match more (API-FACTS.md, user-name-filter).
func (c *Client) Users(ctx context.Context, identityStoreID, userName string) iter.Seq2[User, error] {
	all := pages(ctx, c, list[usersResponse, userDTO, User]{
		name: "users",
		page: func(r *usersResponse) (*[]userDTO, *pageInfo) { return r.Users, r.PageInfo },
		key:  func(u User) string { return u.ID },
		call: transport.Call{
			Service: transport.IdentityStore, Operation: "ListUsers", Permission: permissionListUsers,
			Define: responding[usersResponse](store.GenReqDefForListUsers),
		},
		request: request{IdentityStoreId: identityStoreID, UserName: optional(userName)},
		entry:   c.user,
	})
	return func(yield func(User, error) bool) {
		for user, err := range all {
			matches := err != nil || userName == "" || user.name == userName
			if matches && !yield(user, err) {
				return
			}
		}
	}
}

// DescribeUsers returns the users with the IDs, at most 100 (API reference), each once. A
// missing user is omitted, or makes the call fail (API-FACTS.md, unknown-users).
func (c *Client) DescribeUsers(ctx context.Context, identityStoreID string, userIDs []string) ([]User, transport.Receipt, error) {
	return read(ctx, c, transport.Call{
		Service: transport.IdentityStore, Operation: "DescribeUsers", Permission: permissionDescribeUsers,
		Define:  responding[usersResponse](store.GenReqDefForDescribeUsers),
		Request: &model.DescribeUsersRequest{IdentityStoreId: identityStoreID, Body: &model.DescribeUsersRequestBody{UserIds: userIDs}},
	}, func(r *usersResponse) ([]User, string) {
		users, fault := convert("users", r.Users, c.user)
		fault = cmp.Or(fault, r.PageInfo.unpagedFault(len(users)))
		return distinct(users, func(u User) string { return u.ID }), fault
	})
}

// DisableUser disables a user. A 409 may mean an unknown user, a conflict, or a user who is
// disabled already (API-FACTS.md, already-in-state): read the user back to decide.
func (c *Client) DisableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	return c.changeUser(ctx, identityStoreID, userID, nil, transport.Call{
		Operation: "DisableUser", Permission: "IdentityCenter:user:disableUser", Define: store.GenReqDefForDisableUser,
	})
}

// EnableUser enables a user. A 409 has the same meanings as for DisableUser.
func (c *Client) EnableUser(ctx context.Context, identityStoreID, userID string) (transport.Receipt, error) {
	return c.changeUser(ctx, identityStoreID, userID, nil, transport.Call{
		Operation: "EnableUser", Permission: "IdentityCenter:user:enableUser", Define: store.GenReqDefForEnableUser,
	})
}

// changeUser sends a change of a user, also after an interrupt: the caller reads the outcome back.
func (c *Client) changeUser(ctx context.Context, identityStoreID, userID string, body any, call transport.Call) (transport.Receipt, error) {
	call.Service, call.Request = transport.IdentityStore, &request{IdentityStoreId: identityStoreID, UserId: userID, Body: body}
	call.NoContent, call.Linger = true, changeLinger
	return write(ctx, c, call)
}

// user converts a user of a list.
func (c *Client) user(u userDTO) (User, string) {
	name := func(text lenient[string]) string { return c.printable(text.value, longestName) }
	user := User{
		ID:   u.UserID,
		name: u.UserName.value, UserName: name(u.UserName), DisplayName: name(u.DisplayName),
		GivenName: name(u.Name.value.GivenName), MiddleName: name(u.Name.value.MiddleName), FamilyName: name(u.Name.value.FamilyName),
		Nickname: name(u.Nickname), Title: name(u.Title), UserType: name(u.UserType),
		Enabled:    u.Enabled.value,
		ExternalID: name(u.ExternalID), ExternalIDs: c.externalIDs(u.ExternalIDs.value),
		CreatedAt: u.CreatedAt.Time, CreatedBy: name(u.CreatedBy), UpdatedAt: u.UpdatedAt.Time, UpdatedBy: name(u.UpdatedBy),
	}
	enterprise := u.Enterprise.value
	user.Enterprise = Enterprise{
		EmployeeNumber: name(enterprise.EmployeeNumber), CostCenter: name(enterprise.CostCenter), Department: name(enterprise.Department),
		Division: name(enterprise.Division), Organization: name(enterprise.Organization), Manager: name(enterprise.Manager.value.Value),
	}
	contacts := func(list []lenient[emailDTO]) (all []ContactPoint) {
		for _, e := range list {
			all = append(all, ContactPoint{
				Value: name(e.value.Value), Type: name(e.value.Type), Primary: value(e.value.Primary.value),
				VerificationStatus: name(e.value.VerificationStatus),
			})
		}
		return all
	}
	user.Emails, user.PhoneNumbers = contacts(u.Emails.value), contacts(u.PhoneNumbers.value)
	return user, idFault("user_id", u.UserID)
}

func (c *Client) externalIDs(list []externalIDDTO) (ids []ExternalID) {
	for _, e := range list {
		ids = append(ids, ExternalID{ID: c.printable(e.ID.value, longestName), Issuer: c.printable(e.Issuer.value, longestName)})
	}
	return ids
}
