// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ datasource.DataSourceWithConfigure        = (*userDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*userDataSource)(nil)
)

type userDataSource struct{ configuredDataSource }

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A user of an identity store, found by ID or by name. It is an error if there is none.",
		Attributes: map[string]schema.Attribute{
			"identity_store_id": requiredID(describeIdentityStoreID),
			"user_id":           keyText("The ID of the user. Exactly one of `user_id` and `user_name` is required.", apiID{}),
			"user_name":         keyText("The name that the user logs in with; it must match exactly.", stringvalidator.LengthAtLeast(1)),
			"display_name":      computedText("The name to display."),
			"given_name":        computedText("The given name."),
			"middle_name":       computedText("The middle name."),
			"family_name":       computedText("The family name."),
			"nickname":          computedText("The nickname."),
			"title":             computedText("The job title."),
			"user_type":         computedText("The type of the user, as the organization defines it."),
			"enabled":           computedBool("Whether the user may log in."),
			"emails": computedList("The email addresses.", map[string]schema.Attribute{
				"value":               computedText("The address."),
				"type":                computedText("Its type, such as `work`."),
				"primary":             computedBool("Whether it is the primary address."),
				"verification_status": computedText("`VERIFIED` or `NOT_VERIFIED`; null when the API does not say."),
			}),
			"phone_numbers": computedList("The phone numbers.", map[string]schema.Attribute{
				"value":   computedText("The number."),
				"type":    computedText("Its type, such as `work`."),
				"primary": computedBool("Whether it is the primary number."),
			}),
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

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	config := readWire(req.Config.Raw, &resp.Diagnostics)
	storeID := config.text(ctx, "identity_store_id", &resp.Diagnostics).ValueString()
	userID, userName := config.text(ctx, "user_id", &resp.Diagnostics), config.text(ctx, "user_name", &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !d.data.ready(&resp.Diagnostics) {
		return
	}

	var user identitycenter.User
	var found bool
	if userName.IsNull() {
		user, found = d.byID(ctx, storeID, userID.ValueString(), &resp.Diagnostics)
	} else {
		user, found = d.byName(ctx, storeID, userName.ValueString(), &resp.Diagnostics)
	}
	if found {
		resp.State.Raw = withValues(req.Config.Raw, userValues(req.Config.Raw, user), &resp.Diagnostics)
	}
}

// deletedUserAdvice is for a configuration whose user was deleted: its plans fail, also
// those of a destroy.
const deletedUserAdvice = "If the user was deleted, remove this data source and everything that refers to it from the configuration, then apply. " +
	"The record of a revocation is forgotten without a request."

func (d *userDataSource) byID(ctx context.Context, storeID, userID string, diags *diag.Diagnostics) (identitycenter.User, bool) {
	user, _, err := d.data.client.User(ctx, storeID, userID)
	if err == nil {
		return user, true
	}
	op := operation{doing: "reading user " + userID + " of identity store " + storeID, attributes: []string{"user_id", "identity_store_id"}}
	if transport.NotFound(err) {
		// It is about the user only where the identity store answers.
		if d.data.client.StoreAnswers(ctx, storeID) == nil {
			op.attributes = []string{"user_id"}
			op.done = fmt.Sprintf("Identity store %s answers, and does not know user %s. %s", storeID, userID, deletedUserAdvice)
		}
	}
	addError(diags, op, err)
	return identitycenter.User{}, false
}

func (d *userDataSource) byName(ctx context.Context, storeID, userName string, diags *diag.Diagnostics) (identitycenter.User, bool) {
	matches, err := identitycenter.Collect(d.data.client.Users(ctx, storeID, userName))
	if err != nil {
		addError(diags, operation{
			doing: fmt.Sprintf("looking for user %q in identity store %s", userName, storeID), attributes: []string{"identity_store_id", "user_name"},
		}, err)
		return identitycenter.User{}, false
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

// userValues returns what the data source computes.
func userValues(config tftypes.Value, u identitycenter.User) wireObject {
	e := u.Enterprise
	enterprise := config.Type().(tftypes.Object).AttributeTypes["enterprise"] //nolint:forcetypeassert // A configuration is an object.
	return wireObject{
		"identity_store_id": textValue(u.IdentityStoreID), "user_id": textValue(u.ID), "user_name": textValue(u.UserName),
		"display_name": textValue(u.DisplayName), "given_name": textValue(u.GivenName), "middle_name": textValue(u.MiddleName), "family_name": textValue(u.FamilyName),
		"nickname": textValue(u.Nickname), "title": textValue(u.Title), "user_type": textValue(u.UserType), "enabled": truthValue(u.Enabled),
		"emails": listValue(config, "emails", u.Emails, func(c identitycenter.ContactPoint) map[string]tftypes.Value {
			return map[string]tftypes.Value{
				"value": textValue(c.Value), "type": textValue(c.Type), "primary": truthValue(c.Primary), "verification_status": textValue(c.VerificationStatus),
			}
		}),
		"phone_numbers": listValue(config, "phone_numbers", u.PhoneNumbers, func(c identitycenter.ContactPoint) map[string]tftypes.Value {
			return map[string]tftypes.Value{"value": textValue(c.Value), "type": textValue(c.Type), "primary": truthValue(c.Primary)}
		}),
		"external_id": textValue(u.ExternalID), "external_ids": externalIDValues(config, u.ExternalIDs),
		"enterprise": tftypes.NewValue(enterprise, map[string]tftypes.Value{
			"employee_number": textValue(e.EmployeeNumber), "cost_center": textValue(e.CostCenter), "department": textValue(e.Department),
			"division": textValue(e.Division), "organization": textValue(e.Organization), "manager": textValue(e.Manager),
		}),
		"created_at": timeValue(u.CreatedAt), "created_by": textValue(u.CreatedBy), "updated_at": timeValue(u.UpdatedAt), "updated_by": textValue(u.UpdatedBy),
	}
}
