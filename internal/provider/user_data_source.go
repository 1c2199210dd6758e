// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ datasource.DataSourceWithConfigure        = (*userDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*userDataSource)(nil)
)

func newUserDataSource() datasource.DataSource { return &userDataSource{} }

type userDataSource struct {
	data *providerData
}

type userModel struct {
	IdentityStoreID types.String      `tfsdk:"identity_store_id"`
	UserID          types.String      `tfsdk:"user_id"`
	UserName        types.String      `tfsdk:"user_name"`
	DisplayName     types.String      `tfsdk:"display_name"`
	GivenName       types.String      `tfsdk:"given_name"`
	MiddleName      types.String      `tfsdk:"middle_name"`
	FamilyName      types.String      `tfsdk:"family_name"`
	Nickname        types.String      `tfsdk:"nickname"`
	Title           types.String      `tfsdk:"title"`
	UserType        types.String      `tfsdk:"user_type"`
	Enabled         types.Bool        `tfsdk:"enabled"`
	Emails          []emailModel      `tfsdk:"emails"`
	PhoneNumbers    []phoneModel      `tfsdk:"phone_numbers"`
	ExternalID      types.String      `tfsdk:"external_id"`
	ExternalIDs     []externalIDModel `tfsdk:"external_ids"`
	Enterprise      enterpriseModel   `tfsdk:"enterprise"`
	CreatedAt       timetypes.RFC3339 `tfsdk:"created_at"`
	CreatedBy       types.String      `tfsdk:"created_by"`
	UpdatedAt       timetypes.RFC3339 `tfsdk:"updated_at"`
	UpdatedBy       types.String      `tfsdk:"updated_by"`
}

type emailModel struct {
	Value              types.String `tfsdk:"value"`
	Type               types.String `tfsdk:"type"`
	Primary            types.Bool   `tfsdk:"primary"`
	VerificationStatus types.String `tfsdk:"verification_status"`
}

type phoneModel struct {
	Value   types.String `tfsdk:"value"`
	Type    types.String `tfsdk:"type"`
	Primary types.Bool   `tfsdk:"primary"`
}

type enterpriseModel struct {
	EmployeeNumber types.String `tfsdk:"employee_number"`
	CostCenter     types.String `tfsdk:"cost_center"`
	Department     types.String `tfsdk:"department"`
	Division       types.String `tfsdk:"division"`
	Organization   types.String `tfsdk:"organization"`
	Manager        types.String `tfsdk:"manager"`
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user of an identity store, found by ID or by name. It is an error if there is none.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": schema.StringAttribute{Required: true, MarkdownDescription: describeIdentityStoreID, Validators: []validator.String{apiID{}}},
			"user_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The ID of the user. Exactly one of `user_id` and `user_name` is required.",
				Validators:          []validator.String{apiID{}},
			},
			"user_name": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "The name that the user logs in with; it must match exactly.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"display_name": computedText("The name to display."),
			"given_name":   computedText("The given name."),
			"middle_name":  computedText("The middle name."),
			"family_name":  computedText("The family name."),
			"nickname":     computedText("The nickname."),
			"title":        computedText("The job title."),
			"user_type":    computedText("The type of the user, as the organization defines it."),
			"enabled":      computedBool("Whether the user may log in."),
			"emails": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The email addresses.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"value":               computedText("The address."),
					"type":                computedText("Its type, such as `work`."),
					"primary":             computedBool("Whether it is the primary address."),
					"verification_status": computedText("`VERIFIED` or `NOT_VERIFIED`; null when the API does not say."),
				}},
			},
			"phone_numbers": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The phone numbers.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"value":   computedText("The number."),
					"type":    computedText("Its type, such as `work`."),
					"primary": computedBool("Whether it is the primary number."),
				}},
			},
			"external_id":  computedText("The identifier that the external identity source gave the user."),
			"external_ids": externalIDs("The identifiers that external identity providers gave the user."),
			"enterprise": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The enterprise attributes.",
				Attributes: map[string]schema.Attribute{
					"employee_number": computedText("The employee number."),
					"cost_center":     computedText("The cost center."),
					"department":      computedText("The department."),
					"division":        computedText("The division."),
					"organization":    computedText("The organization."),
					"manager":         computedText("The manager."),
				},
			},
			"created_at": computedTime("When the user was created, in UTC (RFC 3339)."),
			"created_by": computedText("Who created the user."),
			"updated_at": computedTime("When the user was last changed, in UTC (RFC 3339)."),
			"updated_by": computedText("Who last changed the user."),
		},
	}
}

func (d *userDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_id"), path.MatchRoot("user_name")),
	}
}

func (d *userDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = dataOf(req.ProviderData, &resp.Diagnostics)
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config userModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("identity_store_id"), &config.IdentityStoreID)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("user_id"), &config.UserID)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("user_name"), &config.UserName)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	var user identitycenter.User
	var found bool
	if config.UserName.IsNull() {
		user, found = d.byID(ctx, config, &resp.Diagnostics)
	} else {
		user, found = d.byName(ctx, config, &resp.Diagnostics)
	}
	if found {
		resp.Diagnostics.Append(resp.State.Set(ctx, userModelOf(user))...)
	}
}

// deletedUserAdvice is for a configuration whose user was deleted: its plans fail, also
// those of a destroy.
const deletedUserAdvice = "If the user was deleted, remove this data source and everything that refers to it from the configuration, then apply. " +
	"The record of a revocation is forgotten without a request."

func (d *userDataSource) byID(ctx context.Context, config userModel, diags *diag.Diagnostics) (identitycenter.User, bool) {
	storeID, userID := config.IdentityStoreID.ValueString(), config.UserID.ValueString()
	user, _, err := d.data.client.User(ctx, storeID, userID)
	if err == nil {
		return user, true
	}
	op := operation{doing: "reading user " + userID + " of identity store " + storeID, attributes: []string{"user_id", "identity_store_id"}}
	var failed *transport.Error
	if errors.As(err, &failed) && failed.NotFound() {
		// It is about the user only where the identity store answers.
		if gone, _ := d.data.client.UserGone(ctx, storeID, userID); gone {
			op.attributes = []string{"user_id"}
			op.done = fmt.Sprintf("Identity store %s answers, and does not know user %s. %s", storeID, userID, deletedUserAdvice)
		}
	}
	addError(diags, op, err)
	return identitycenter.User{}, false
}

func (d *userDataSource) byName(ctx context.Context, config userModel, diags *diag.Diagnostics) (identitycenter.User, bool) {
	storeID, userName := config.IdentityStoreID.ValueString(), config.UserName.ValueString()
	var matches []identitycenter.User
	for user, err := range d.data.client.Users(ctx, storeID, userName) {
		if err != nil {
			addError(diags, operation{
				doing: fmt.Sprintf("looking for user %q in identity store %s", userName, storeID), attributes: []string{"identity_store_id", "user_name"},
			}, err)
			return identitycenter.User{}, false
		}
		matches = append(matches, user)
	}
	switch len(matches) {
	case 0:
		diags.AddAttributeError(path.Root("user_name"), "User not found",
			fmt.Sprintf("Identity store %s has no user with the name %q. The name must match exactly, in upper and lower case too.\n\n%s", storeID, userName, deletedUserAdvice))
		return identitycenter.User{}, false
	case 1:
		return matches[0], true
	}
	var ids []string
	for _, match := range matches {
		ids = append(ids, match.ID)
	}
	diags.AddAttributeError(path.Root("user_name"), "More than one user",
		fmt.Sprintf("Identity store %s has %d users with the name %q. Give the user_id of the one that is meant:\n\n  %s",
			storeID, len(matches), userName, strings.Join(ids, "\n  ")))
	return identitycenter.User{}, false
}

func userModelOf(u identitycenter.User) userModel {
	model := userModel{
		IdentityStoreID: types.StringValue(u.IdentityStoreID), UserID: types.StringValue(u.ID), UserName: types.StringValue(u.UserName),
		DisplayName: orNull(u.DisplayName), GivenName: orNull(u.GivenName), MiddleName: orNull(u.MiddleName), FamilyName: orNull(u.FamilyName),
		Nickname: orNull(u.Nickname), Title: orNull(u.Title), UserType: orNull(u.UserType), Enabled: types.BoolValue(u.Enabled),
		Emails: []emailModel{}, PhoneNumbers: []phoneModel{}, ExternalID: orNull(u.ExternalID), ExternalIDs: externalIDModels(u.ExternalIDs),
		Enterprise: enterpriseModel{
			EmployeeNumber: orNull(u.Enterprise.EmployeeNumber), CostCenter: orNull(u.Enterprise.CostCenter),
			Department: orNull(u.Enterprise.Department), Division: orNull(u.Enterprise.Division),
			Organization: orNull(u.Enterprise.Organization), Manager: orNull(u.Enterprise.Manager),
		},
		CreatedAt: timeOrNull(u.CreatedAt), CreatedBy: orNull(u.CreatedBy), UpdatedAt: timeOrNull(u.UpdatedAt), UpdatedBy: orNull(u.UpdatedBy),
	}
	for _, e := range u.Emails {
		model.Emails = append(model.Emails, emailModel{
			Value: orNull(e.Value), Type: orNull(e.Type), Primary: types.BoolValue(e.Primary), VerificationStatus: orNull(e.VerificationStatus),
		})
	}
	for _, p := range u.PhoneNumbers {
		model.PhoneNumbers = append(model.PhoneNumbers, phoneModel{
			Value: orNull(p.Value), Type: orNull(p.Type), Primary: types.BoolValue(p.Primary),
		})
	}
	return model
}
