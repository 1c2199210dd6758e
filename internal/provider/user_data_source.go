// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

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

var _ datasource.DataSourceWithConfigValidators = (*userDataSource)(nil)

type userDataSource struct{ configuredDataSource }

type userDataSourceModel struct {
	IdentityStoreID types.String         `tfsdk:"identity_store_id"`
	UserID          types.String         `tfsdk:"user_id"`
	UserName        types.String         `tfsdk:"user_name"`
	DisplayName     types.String         `tfsdk:"display_name"`
	GivenName       types.String         `tfsdk:"given_name"`
	MiddleName      types.String         `tfsdk:"middle_name"`
	FamilyName      types.String         `tfsdk:"family_name"`
	Nickname        types.String         `tfsdk:"nickname"`
	Title           types.String         `tfsdk:"title"`
	UserType        types.String         `tfsdk:"user_type"`
	Enabled         types.Bool           `tfsdk:"enabled"`
	Emails          []userEmailModel     `tfsdk:"emails"`
	PhoneNumbers    []userPhoneModel     `tfsdk:"phone_numbers"`
	ExternalID      types.String         `tfsdk:"external_id"`
	ExternalIDs     []externalIDModel    `tfsdk:"external_ids"`
	Enterprise      *userEnterpriseModel `tfsdk:"enterprise"`
	CreatedAt       timetypes.RFC3339    `tfsdk:"created_at"`
	CreatedBy       types.String         `tfsdk:"created_by"`
	UpdatedAt       timetypes.RFC3339    `tfsdk:"updated_at"`
	UpdatedBy       types.String         `tfsdk:"updated_by"`
}

type userEmailModel struct {
	Value              types.String `tfsdk:"value"`
	Type               types.String `tfsdk:"type"`
	Primary            types.Bool   `tfsdk:"primary"`
	VerificationStatus types.String `tfsdk:"verification_status"`
}

type userPhoneModel struct {
	Value   types.String `tfsdk:"value"`
	Type    types.String `tfsdk:"type"`
	Primary types.Bool   `tfsdk:"primary"`
}

type userEnterpriseModel struct {
	EmployeeNumber types.String `tfsdk:"employee_number"`
	CostCenter     types.String `tfsdk:"cost_center"`
	Department     types.String `tfsdk:"department"`
	Division       types.String `tfsdk:"division"`
	Organization   types.String `tfsdk:"organization"`
	Manager        types.String `tfsdk:"manager"`
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds a user of an identity store by ID or by name. It is an error if the user does not exist.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": identityStoreIDAttribute(),
			"user_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: describeUserID + " Set `user_id` or `user_name`.",
				Validators:          []validator.String{userIDValidator},
			},
			"user_name": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The login name of the user, which must match exactly.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"display_name": schema.StringAttribute{Computed: true, MarkdownDescription: "The display name of the user."},
			"given_name":   schema.StringAttribute{Computed: true, MarkdownDescription: "The given name."},
			"middle_name":  schema.StringAttribute{Computed: true, MarkdownDescription: "The middle name."},
			"family_name":  schema.StringAttribute{Computed: true, MarkdownDescription: "The family name."},
			"nickname":     schema.StringAttribute{Computed: true, MarkdownDescription: "The nickname."},
			"title":        schema.StringAttribute{Computed: true, MarkdownDescription: "The job title."},
			"user_type":    schema.StringAttribute{Computed: true, MarkdownDescription: "The type of user, as the organization defines it."},
			"enabled":      schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the user can log in. Null if the API does not return it."},
			"emails": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The email addresses.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"value":               schema.StringAttribute{Computed: true, MarkdownDescription: "The address."},
					"type":                schema.StringAttribute{Computed: true, MarkdownDescription: "The type of address, such as `work`."},
					"primary":             schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether this is the primary address."},
					"verification_status": schema.StringAttribute{Computed: true, MarkdownDescription: "`VERIFIED` or `NOT_VERIFIED`, null if the API does not return it."},
				}},
			},
			"phone_numbers": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The phone numbers.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"value":   schema.StringAttribute{Computed: true, MarkdownDescription: "The number."},
					"type":    schema.StringAttribute{Computed: true, MarkdownDescription: "The type of number, such as `work`."},
					"primary": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether this is the primary number."},
				}},
			},
			"external_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "The identifier in the external identity source."},
			"external_ids": externalIDsAttribute(),
			"enterprise": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The enterprise attributes.",
				Attributes: map[string]schema.Attribute{
					"employee_number": schema.StringAttribute{Computed: true, MarkdownDescription: "The employee number."},
					"cost_center":     schema.StringAttribute{Computed: true, MarkdownDescription: "The cost center."},
					"department":      schema.StringAttribute{Computed: true, MarkdownDescription: "The department."},
					"division":        schema.StringAttribute{Computed: true, MarkdownDescription: "The division."},
					"organization":    schema.StringAttribute{Computed: true, MarkdownDescription: "The organization."},
					"manager":         schema.StringAttribute{Computed: true, MarkdownDescription: "The manager."},
				},
			},
			"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the user was created, in UTC (RFC 3339)."},
			"created_by": schema.StringAttribute{Computed: true, MarkdownDescription: "Who created the user."},
			"updated_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the user was last changed, in UTC (RFC 3339)."},
			"updated_by": schema.StringAttribute{Computed: true, MarkdownDescription: "Who last changed the user."},
		},
	}
}

func (d *userDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_id"), path.MatchRoot("user_name"))}
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data userDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := withTimeLimit(ctx, lookupTimeout)
	defer cancel()

	find, value := d.byName, data.UserName
	if data.UserName.IsNull() {
		find, value = d.byID, data.UserID
	}
	user := find(ctx, data.IdentityStoreID.ValueString(), value.ValueString(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	data.fill(user)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

// deletedUserAdvice is for a deleted user: every plan fails, even that of a destroy.
const deletedUserAdvice = "If the user was deleted, remove this data source and everything that refers to it from the configuration, then apply."

func (d *userDataSource) byID(ctx context.Context, storeID, userID string, diags *diag.Diagnostics) identitycenter.User {
	user, _, err := d.data.client.User(ctx, storeID, userID)
	if err == nil {
		return user
	}
	op := operation{doing: "reading user " + userID + " of identity store " + storeID, attributes: []string{"user_id", "identity_store_id"}}
	// A 404 is about the user only if the identity store exists.
	if transport.NotFound(err) && d.data.client.StoreAnswers(ctx, storeID) == nil {
		op.attributes = []string{"user_id"}
		op.done = fmt.Sprintf("Identity store %s exists and has no user with this ID. If the value is a name, set user_name instead. %s", storeID, deletedUserAdvice)
	}
	addError(diags, op, err)
	return user
}

func (d *userDataSource) byName(ctx context.Context, storeID, userName string, diags *diag.Diagnostics) identitycenter.User {
	matches, err := identitycenter.Collect(d.data.client.Users(ctx, storeID, userName))
	switch {
	case err != nil:
		addError(diags, operation{doing: fmt.Sprintf("looking for user %q in identity store %s", userName, storeID), attributes: []string{"identity_store_id", "user_name"}}, err)
	case len(matches) == 0:
		diags.AddAttributeError(path.Root("user_name"), "User not found",
			fmt.Sprintf("Identity store %s has no user with the name %s.\n\nCheck the name: it must match exactly, including case. data.identitycenter_users lists all names. %s",
				storeID, showValue(userName), deletedUserAdvice))
	case len(matches) == 1:
		return matches[0]
	default:
		var ids []string
		for _, match := range matches {
			ids = append(ids, match.ID)
		}
		diags.AddAttributeError(path.Root("user_name"), "More than one user",
			fmt.Sprintf("Identity store %s has %d users with the name %s:%s\n\nSet user_id to one of these IDs instead of user_name.",
				storeID, len(matches), showValue(userName), lines(ids, len(ids))))
	}
	return identitycenter.User{}
}

func (m *userDataSourceModel) fill(u identitycenter.User) {
	m.UserID, m.UserName, m.Enabled = types.StringValue(u.ID), stringOrNull(u.UserName), types.BoolPointerValue(u.Enabled)
	m.DisplayName, m.Nickname, m.Title, m.UserType = stringOrNull(u.DisplayName), stringOrNull(u.Nickname), stringOrNull(u.Title), stringOrNull(u.UserType)
	m.GivenName, m.MiddleName, m.FamilyName = stringOrNull(u.GivenName), stringOrNull(u.MiddleName), stringOrNull(u.FamilyName)
	m.Emails = []userEmailModel{}
	for _, e := range u.Emails {
		m.Emails = append(m.Emails, userEmailModel{stringOrNull(e.Value), stringOrNull(e.Type), types.BoolValue(e.Primary), stringOrNull(e.VerificationStatus)})
	}
	m.PhoneNumbers = []userPhoneModel{}
	for _, p := range u.PhoneNumbers {
		m.PhoneNumbers = append(m.PhoneNumbers, userPhoneModel{stringOrNull(p.Value), stringOrNull(p.Type), types.BoolValue(p.Primary)})
	}
	m.ExternalID, m.ExternalIDs = stringOrNull(u.ExternalID), flattenExternalIDs(u.ExternalIDs)
	m.Enterprise = &userEnterpriseModel{
		EmployeeNumber: stringOrNull(u.Enterprise.EmployeeNumber), CostCenter: stringOrNull(u.Enterprise.CostCenter), Department: stringOrNull(u.Enterprise.Department),
		Division: stringOrNull(u.Enterprise.Division), Organization: stringOrNull(u.Enterprise.Organization), Manager: stringOrNull(u.Enterprise.Manager),
	}
	m.CreatedAt, m.CreatedBy = timestampOrNull(u.CreatedAt), stringOrNull(u.CreatedBy)
	m.UpdatedAt, m.UpdatedBy = timestampOrNull(u.UpdatedAt), stringOrNull(u.UpdatedBy)
}
