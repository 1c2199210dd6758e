// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/bulkrevocation"
)

// Descriptions of the arguments that select users.
const (
	describeUserIDs        = "The IDs of the users; one of `user_ids`, `user_names`, `group_ids` and `all_users` is required, and the first two may be set together."
	describeUserNames      = "The login names of the users, which must match exactly; unknown names are skipped with a warning."
	describeGroupIDs       = "The IDs of the groups whose members are selected."
	describeAllUsers       = "Set to `true` to select every user, including you; requires `except_user_ids` or `except_group_ids`, which may be empty."
	describeExceptUserIDs  = "The IDs of the users to leave out; an unknown ID is an error."
	describeExceptGroupIDs = "The IDs of the groups whose members are left out; an unknown or empty group is an error."
)

// The attributes of the bulk action and of data.identitycenter_user_sessions. Those of the bulk resource
// also require replacement.

func userNamesAttribute() schema.ListAttribute {
	return schema.ListAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: describeUserNames,
		Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(userName)},
	}
}

func groupIDsAttribute() schema.ListAttribute {
	return schema.ListAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: describeGroupIDs,
		Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientGroupIDValidator)},
	}
}

func exceptUserIDsAttribute() schema.ListAttribute {
	return schema.ListAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: describeExceptUserIDs,
		Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientUserIDValidator)},
	}
}

func exceptGroupIDsAttribute() schema.ListAttribute {
	return schema.ListAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: describeExceptGroupIDs,
		Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientGroupIDValidator)},
	}
}

// userSelectorModel holds the arguments that select users. Other models embed it.
type userSelectorModel struct {
	UserIDs        types.List `tfsdk:"user_ids"`
	UserNames      types.List `tfsdk:"user_names"`
	GroupIDs       types.List `tfsdk:"group_ids"`
	AllUsers       types.Bool `tfsdk:"all_users"`
	ExceptUserIDs  types.List `tfsdk:"except_user_ids"`
	ExceptGroupIDs types.List `tfsdk:"except_group_ids"`
}

func (m userSelectorModel) arguments() []choiceArgument {
	return []choiceArgument{{"user_ids", m.UserIDs}, {"user_names", m.UserNames}, {"group_ids", m.GroupIDs}, {"all_users", m.AllUsers}}
}

func (m userSelectorModel) given() string { return firstSet(m.arguments()) }

// known reports whether all arguments and all elements are known.
func (m userSelectorModel) known() bool {
	return !m.AllUsers.IsUnknown() && !slices.ContainsFunc([]types.List{m.UserIDs, m.UserNames, m.GroupIDs, m.ExceptUserIDs, m.ExceptGroupIDs},
		func(list types.List) bool { return !fullyKnown(list) })
}

// validate adds an error unless exactly one argument selects users.
func (m userSelectorModel) validate(diags *diag.Diagnostics, others ...choiceArgument) {
	validateExactlyOne("No users selected", "Users selected more than once", append(others, m.arguments()...), []string{"user_ids", "user_names"}, diags)
}

// validateExceptions adds an error if all users are selected and the exceptions are left out.
func (m userSelectorModel) validateExceptions(diags *diag.Diagnostics) {
	if m.AllUsers.ValueBool() && m.given() == "all_users" && m.ExceptUserIDs.IsNull() && m.ExceptGroupIDs.IsNull() {
		diags.AddAttributeError(path.Root("all_users"), "all_users includes you",
			"all_users = true includes the caller of Terraform. Leave yourself and the other responders out with except_user_ids or except_group_ids. "+
				"If nobody is to be left out, set except_user_ids = [].")
	}
}

// validateAgain also runs the validators of the schema, for actions.
func (m userSelectorModel) validateAgain(ctx context.Context, diags *diag.Diagnostics) {
	m.validate(diags)
	m.validateExceptions(diags)
	validateTrue(ctx, path.Root("all_users"), m.AllUsers, diags)
	validateList(ctx, path.Root("user_ids"), m.UserIDs, lenientUserIDValidator, diags)
	validateList(ctx, path.Root("group_ids"), m.GroupIDs, lenientGroupIDValidator, diags)
	validateList(ctx, path.Root("except_user_ids"), m.ExceptUserIDs, lenientUserIDValidator, diags)
	validateList(ctx, path.Root("except_group_ids"), m.ExceptGroupIDs, lenientGroupIDValidator, diags)
	validateList(ctx, path.Root("user_names"), m.UserNames, userName, diags)
}

// refuseUnknownExceptions refuses exceptions that may turn out to be an empty list.
func (m userSelectorModel) refuseUnknownExceptions(diags *diag.Diagnostics) {
	refuse := func(name string, ids types.List) {
		if ids.IsUnknown() {
			diags.AddAttributeError(path.Root(name), "The exceptions are unknown",
				fmt.Sprintf("%s is known only after the apply. If it is empty then, nobody is left out. Write the list itself, or apply what it depends on first, for instance with -target.", name))
		}
	}
	refuse("except_user_ids", m.ExceptUserIDs)
	refuse("except_group_ids", m.ExceptGroupIDs)
}

// refuseProtectedUsers adds an error if user_ids has one of protected_user_ids. It makes no
// request: the bulk revocation checks groups and names before it ends a session.
func (m userSelectorModel) refuseProtectedUsers(data *providerData, diags *diag.Diagnostics) {
	if data == nil {
		return
	}
	for i, element := range m.UserIDs.Elements() {
		if id, ok := element.(types.String); ok && !id.IsUnknown() && data.protected.includesUserID(id.ValueString()) {
			diags.AddAttributeError(path.Root("user_ids").AtListIndex(i), "The user is protected",
				fmt.Sprintf("User %s is in protected_user_ids of the provider or in %s. No session was ended.\n\nRemove the user from user_ids, or from the protected users.", shown(id), envProtectedUserIDs))
		}
	}
}

// expand returns the selection, whose arguments are known.
func (m userSelectorModel) expand(identityStoreID types.String, protected protectedUsers) bulkrevocation.Selection {
	return bulkrevocation.Selection{
		IdentityStoreID: identityStoreID.ValueString(),
		UserIDs:         expandStrings(m.UserIDs), UserNames: expandStrings(m.UserNames), GroupIDs: expandStrings(m.GroupIDs), All: m.AllUsers.ValueBool(),
		ExceptUserIDs: expandStrings(m.ExceptUserIDs), ExceptGroupIDs: expandStrings(m.ExceptGroupIDs),
		ProtectedUserIDs: protected.userIDs, ProtectedGroupIDs: protected.groupIDs,
	}
}
