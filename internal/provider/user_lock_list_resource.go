// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

var _ list.ListResourceWithConfigure = (*userLockListResource)(nil)

type userLockListResource struct{ configuredResource }

type userLockListModel struct {
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserNames       types.List   `tfsdk:"user_names"`
	Provisioned     types.Bool   `tfsdk:"provisioned"`
}

func (r *userLockListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the disabled users of an identity store, to import their locks.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_names": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The login names of the users to list, which must match exactly. Default is all users.",
				// An empty list would list everything or nothing.
				Validators: []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)), listvalidator.SizeAtLeast(1)},
			},
			"provisioned": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to list only users that SCIM provisioned (`true`), or only other users (`false`). Default is both.",
			},
		},
	}
}

// List streams the disabled users. It warns, because an error would stop -generate-config-out.
func (r *userLockListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config userLockListModel
	var names []string
	diags := req.Config.Get(ctx, &config)
	diags.Append(config.UserNames.ElementsAs(ctx, &names, false)...)
	if diags.HasError() || !r.data.ready(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	storeID := config.IdentityStoreID.ValueString()
	stream.Results = func(push func(list.ListResult) bool) {
		ctx, cancel := withTimeLimit(ctx, defaultLockTimeout)
		defer cancel()
		listed, warned := int64(0), false
		for user, err := range r.users(ctx, storeID, names) {
			if err != nil {
				push(notAllListed("Reading the users of identity store %s failed: locked users may be missing.\n\n%s", storeID, explain(err, "identity_store_id")))
				return
			}
			provisioned := types.BoolValue(userlock.Outcome{CreatedBy: user.CreatedBy}.Provisioned())
			switch {
			case !config.Provisioned.IsNull() && !config.Provisioned.Equal(provisioned):
			case user.Enabled == nil && !warned:
				if warned = true; !push(notAllListed("The API does not return whether user %s is enabled, and perhaps others. Locked users may be missing.\n\n"+
					"Inspect the users in the console, and import their locks by ID.", user.ID)) {
					return
				}
			case user.Disabled():
				if listed++; !push(lockResult(ctx, req, storeID, user)) || listed == req.Limit {
					return
				}
			}
		}
	}
}

// notAllListed returns only a warning.
func notAllListed(format string, args ...any) list.ListResult {
	return list.ListResult{Diagnostics: diag.Diagnostics{diag.NewWarningDiagnostic("Not all users were listed", fmt.Sprintf(format, args...))}}
}

// users yields the users with these names. Without names it yields all users.
func (r *userLockListResource) users(ctx context.Context, storeID string, names []string) iter.Seq2[identitycenter.User, error] {
	if len(names) == 0 {
		names = []string{""}
	}
	return func(yield func(identitycenter.User, error) bool) {
		for _, name := range revocation.Unique(names) {
			for user, err := range r.data.client.Users(ctx, storeID, name) {
				if !yield(user, err) {
					return
				}
			}
		}
	}
}

// lockResult returns the lock of a disabled user, with the default of every argument.
func lockResult(ctx context.Context, req list.ListRequest, storeID string, user identitycenter.User) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = transport.Printable(user.UserName, transport.LongestID)
	result.Diagnostics.Append(result.Identity.Set(ctx, userLockIdentityModel{IdentityStoreID: types.StringValue(storeID), UserID: types.StringValue(user.ID)})...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, userLockModel{
			IdentityStoreID: types.StringValue(storeID), UserID: types.StringValue(user.ID),
			Locked: types.BoolValue(true), EnableOnDestroy: types.BoolValue(false), Timeouts: noTimeouts,
		})...)
	}
	return result
}
