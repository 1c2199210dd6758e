// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/useraccess"
)

const (
	// Huawei Cloud changes assignments asynchronously, and may refuse several at a time.
	defaultSuspensionTimeout     = 30 * time.Minute
	defaultSuspensionReadTimeout = 5 * time.Minute
)

var (
	_ resource.ResourceWithConfigValidators = (*userAccessSuspensionResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*userAccessSuspensionResource)(nil)
	_ resource.ResourceWithIdentity         = (*userAccessSuspensionResource)(nil)
	_ resource.ResourceWithImportState      = (*userAccessSuspensionResource)(nil)
)

// userAccessSuspensionResource removes access of a user, and restores it when active is set to
// false. The removed access is configured and never computed. So the plan shows it, and a failed
// create, a taint or a replacement cannot lose it.
type userAccessSuspensionResource struct{ configuredResource }

type userAccessSuspensionModel struct {
	InstanceID      types.String   `tfsdk:"instance_id"`
	IdentityStoreID types.String   `tfsdk:"identity_store_id"`
	UserID          types.String   `tfsdk:"user_id"`
	Assignments     types.List     `tfsdk:"assignments"`
	GroupIDs        types.List     `tfsdk:"group_ids"`
	Active          types.Bool     `tfsdk:"active"`
	SuspendedAt     types.String   `tfsdk:"suspended_at"`
	Present         types.List     `tfsdk:"present"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
}

type userAccessSuspensionIdentity struct {
	InstanceID      types.String `tfsdk:"instance_id"`
	IdentityStoreID types.String `tfsdk:"identity_store_id"`
	UserID          types.String `tfsdk:"user_id"`
}

func (r *userAccessSuspensionResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Suspends the access of a user of Huawei Cloud IAM Identity Center: removes account assignments and group memberships. Restores them with `active = false`.",
		Attributes: map[string]schema.Attribute{
			"instance_id":       resourceInstanceIDAttribute(),
			"identity_store_id": resourceIdentityStoreIDAttribute(),
			"user_id":           resourceUserIDAttribute(),
			// An attribute, not a block, because the list comes from an expression. All arguments
			// are required, so that a misspelt name is an error.
			"assignments": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The assignments of the user. Further attributes of the objects are ignored.",
				Validators:          []validator.List{listvalidator.NoNullValues()},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"account_id": schema.StringAttribute{
						Required:            true,
						MarkdownDescription: "The ID of the account.",
						Validators:          []validator.String{apiID},
					},
					"permission_set_id": schema.StringAttribute{
						Required:            true,
						MarkdownDescription: describePermissionSetID,
						Validators:          []validator.String{apiID},
					},
				}},
			},
			"group_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the groups from which the user is removed. At least one of `assignments` and `group_ids` must be set.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(lenientGroupIDValidator)},
			},
			"active": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "Whether the listed access is suspended; `false` restores it. Default `true`.",
				Default:             booldefault.StaticBool(true),
			},
			"suspended_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When an apply last verified that the user had no listed access, in UTC (RFC 3339). Null if none did.",
			},
			"present": schema.ListAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The listed access that the user has now, as `ACCOUNT_ID/PERMISSION_SET_ID` and `GROUP_ID`. Empty if all of it is suspended.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(map[string]string{"create": "`30m`", "read": "`5m`", "update": "`30m`"}),
		},
	}
}

func (r *userAccessSuspensionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"instance_id":       identityschema.StringAttribute{RequiredForImport: true, Description: describeInstanceID},
		"identity_store_id": identityschema.StringAttribute{RequiredForImport: true, Description: describeStoreID},
		"user_id":           identityschema.StringAttribute{RequiredForImport: true, Description: describeUserID},
	}}
}

func (r *userAccessSuspensionResource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.AtLeastOneOf(path.MatchRoot("assignments"), path.MatchRoot("group_ids")),
	}
}

// ModifyPlan plans which listed access the user will have: none while active, otherwise all. Access
// that came back and an unfinished restoration are thus a difference.
func (r *userAccessSuspensionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state *userAccessSuspensionModel // nil if there is none
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan == nil {
		if state.Active.ValueBool() && len(state.items()) > 0 {
			resp.Diagnostics.AddWarning(fmt.Sprintf("Access of user %s is not restored", state.UserID.ValueString()),
				"Destroying the suspension restores nothing. To restore the access, set active = false and apply first.")
		}
		return
	}

	plan.Present = plan.wantedPresent()
	if plan.Present.IsUnknown() || plan.differs(state) {
		plan.SuspendedAt = types.StringUnknown()
		if isFalse(plan.Active) {
			plan.SuspendedAt = types.StringNull()
			if state != nil {
				plan.SuspendedAt = state.SuspendedAt
			}
		}
		if plan.Active.ValueBool() && r.data.refuseProtectedUserInPlan(ctx, plan.IdentityStoreID, plan.UserID, &resp.Diagnostics) {
			return
		}
		addSuspensionPlanWarnings(&resp.Diagnostics, *plan, state)
	} else {
		plan.SuspendedAt = state.SuspendedAt
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("present"), plan.Present)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("suspended_at"), plan.SuspendedAt)...)
}

// addSuspensionPlanWarnings warns of access that is missing, came back, or leaves the list.
func addSuspensionPlanWarnings(diags *diag.Diagnostics, plan userAccessSuspensionModel, state *userAccessSuspensionModel) {
	if plan.Active.IsUnknown() || !plan.known() {
		return
	}
	user := plan.UserID.ValueString()
	items := plan.items()
	if len(items) == 0 && plan.Active.ValueBool() {
		diags.AddWarning(fmt.Sprintf("No access of user %s is suspended", user),
			"assignments and group_ids are empty. If the user has access, the lists are incomplete: read data.identitycenter_user_access again.")
	}
	if state == nil || !state.UserID.Equal(plan.UserID) {
		return
	}
	if back := expandStrings(state.Present); state.Active.ValueBool() && plan.Active.ValueBool() && len(back) > 0 {
		detail := fmt.Sprintf("The user has access that is listed in an active suspension. The apply removes it:\n\n  %s", strings.Join(back, "\n  "))
		if slices.ContainsFunc(back, func(text string) bool { return !strings.Contains(text, "/") }) {
			detail += "\n\n" + adviceProvisionedGroup
		}
		diags.AddWarning(fmt.Sprintf("User %s has suspended access", user), detail)
	}
	left := slices.DeleteFunc(state.items(), func(item useraccess.Item) bool { return slices.Contains(items, item) })
	if state.Active.ValueBool() && len(left) > 0 {
		diags.AddWarning(fmt.Sprintf("Unlisted access of user %s is not restored", user),
			"This access leaves the list. To restore it, keep it in the list and set active = false:\n\n  "+describeItems(left))
	}
}

const adviceProvisionedGroup = "An identity provider (SCIM) may manage the members of a group: remove the user from the group in the identity provider."

func (r *userAccessSuspensionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan userAccessSuspensionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultSuspensionTimeout, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, plan, types.StringNull(), &resp.State, resp.Identity, &resp.Diagnostics)
}

// Update suspends or restores. A change of only the timeouts makes no call.
func (r *userAccessSuspensionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan userAccessSuspensionModel
	var state *userAccessSuspensionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.differs(state) {
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
		return
	}
	ctx, cancel := withTimeout(ctx, "update", plan.Timeouts.Update, defaultSuspensionTimeout, &resp.Diagnostics)
	defer cancel()
	r.apply(ctx, plan, state.SuspendedAt, &resp.State, resp.Identity, &resp.Diagnostics)
}

// apply suspends or restores the listed access. It records what was done even if the rest failed. A
// failed create is then tainted, and its replacement continues with the same list.
func (r *userAccessSuspensionResource) apply(ctx context.Context, plan userAccessSuspensionModel, suspendedAt types.String, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if diags.HasError() || !r.data.ready(diags) {
		return
	}
	active := plan.Active.ValueBool()
	if active && r.data.refuseProtectedUser(ctx, plan.IdentityStoreID, plan.UserID, diags) {
		return
	}
	suspender := useraccess.NewSuspender(r.data.client)
	change, message := suspender.Restore, "Restored access"
	if active {
		change, message = suspender.Suspend, "Removed access"
	}
	result, err := change(ctx, plan.listed(func(c useraccess.Change) {
		tflog.Info(ctx, message, map[string]any{
			"user_id": plan.UserID.ValueString(), "access": c.Item.Describe(), "request_ids": strings.Join(c.RequestIDs, ","),
		})
	}))
	var incomplete *useraccess.UnfinishedError
	if err != nil && !errors.As(err, &incomplete) {
		addSuspensionReadError(diags, plan, err, "Nothing was changed.")
		return
	}

	plan.Present = presentValue(result.Present)
	switch {
	case active && err == nil:
		plan.SuspendedAt = types.StringValue(time.Now().UTC().Format(time.RFC3339))
	case plan.SuspendedAt.IsUnknown():
		plan.SuspendedAt = suspendedAt
	}
	diags.Append(state.Set(ctx, plan)...)
	diags.Append(identity.Set(ctx, plan.identity())...)
	if incomplete != nil {
		addSuspensionError(diags, plan, incomplete)
	}
}

// Read sets present and never changes active.
func (r *userAccessSuspensionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state userAccessSuspensionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	ctx, cancel := withTimeout(ctx, "read", state.Timeouts.Read, defaultSuspensionReadTimeout, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() || !r.data.ready(&resp.Diagnostics) {
		return
	}
	present, err := useraccess.NewSuspender(r.data.client).Present(ctx, state.listed(nil))
	if transport.NotFound(err) {
		store, user := state.IdentityStoreID.ValueString(), state.UserID.ValueString()
		gone, goneErr := r.data.client.UserGone(ctx, store, user)
		if gone {
			resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), fmt.Sprintf("User %s is deleted", shown(state.UserID)),
				fmt.Sprintf("Identity store %s has no such user. The suspension is removed from the state. Remove it from the configuration.", shown(state.IdentityStoreID)))
			resp.State.RemoveResource(ctx)
			return
		}
		err = cmp.Or(goneErr, err)
	}
	if err != nil {
		addSuspensionReadError(&resp.Diagnostics, state, err, "")
		return
	}
	state.Present = presentValue(present)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// Delete makes no call. It prints the lists of an active suspension before they leave the state.
func (r *userAccessSuspensionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state userAccessSuspensionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !state.Active.ValueBool() || len(state.items()) == 0 {
		return
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("Access of user %s stays suspended", state.UserID.ValueString()),
		"The suspension left the state, and nothing was restored. A suspension of the same list that replaces it continues it. "+
			"To restore the access later, create a suspension with active = false and this list:\n\n"+state.hcl())
}

// ImportState imports a suspension with empty lists, by ID or by identity: the API does not
// know which access was removed. The next apply records the lists of the configuration.
func (r *userAccessSuspensionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values := importValues(ctx, req, "The import ID of a suspension must be INSTANCE_ID/IDENTITY_STORE_ID/USER_ID.", validID, &resp.Diagnostics, "instance_id", "identity_store_id", "user_id")
	if values == nil {
		return
	}
	identity := userAccessSuspensionIdentity{types.StringValue(values[0]), types.StringValue(values[1]), types.StringValue(values[2])}
	for name, value := range map[string]any{
		"instance_id": values[0], "identity_store_id": values[1], "user_id": values[2], "group_ids": []string{}, "active": true,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}

func addSuspensionReadError(diags *diag.Diagnostics, m userAccessSuspensionModel, err error, done string) {
	addError(diags, operation{
		doing:      fmt.Sprintf("reading the access of user %s in instance %s", m.UserID.ValueString(), m.InstanceID.ValueString()),
		attributes: []string{"user_id", "identity_store_id", "instance_id"}, done: done,
	}, err)
}

// addSuspensionError adds one error for an incomplete suspension or restoration.
func addSuspensionError(diags *diag.Diagnostics, m userAccessSuspensionModel, e *useraccess.UnfinishedError) {
	what, changed, next, advice := "suspended", "Removed", "Apply again to remove what is left.", adviceProvisionedGroup
	if e.Restoring {
		what, changed, next = "restored", "Restored", "Apply again to restore what is left."
		advice = "An identity provider (SCIM) may manage the members of a group: add the user to the group in the identity provider."
	}
	switch {
	case len(e.Left) == 0:
		what, next = "verified", "Apply again to verify it."
	case len(e.Changes) > 0:
		what += " completely"
	}
	if slices.ContainsFunc(e.Left, func(f useraccess.Failure) bool { return f.Item.GroupID != "" }) {
		next += " " + advice
	}
	var texts []string
	if len(e.Left) > 0 {
		texts = append(texts, fmt.Sprintf("Not %s (%d):\n\n%s", strings.ToLower(changed), len(e.Left), describeFailures(e.Left)))
	}
	if len(e.Changes) > 0 {
		items := make([]useraccess.Item, len(e.Changes))
		for i, change := range e.Changes {
			items[i] = change.Item
		}
		texts = append(texts, fmt.Sprintf("%s by this apply (%d):\n\n  %s", changed, len(items), describeItems(items)))
	}
	at, detail := suspensionCause(e, paragraphs(append(texts, next)...))
	diags.AddAttributeError(at, fmt.Sprintf("Access of user %s was not %s", m.UserID.ValueString(), what), transport.PrintableLines(detail, maxDetail))
}

// suspensionCause returns the argument that the error is about, and the detail: the cause, then what
// was done.
func suspensionCause(e *useraccess.UnfinishedError, done string) (at path.Path, detail string) {
	at = path.Root("assignments")
	if len(e.Left) > 0 && e.Left[0].Item.GroupID != "" {
		at = path.Root("group_ids")
	}
	cause := e.Cause()
	var call *transport.Error
	var timeout *timeoutError
	switch {
	case errors.As(cause, &call), errors.Is(cause, context.Canceled):
		class := classify(cause, []string{at.String()})
		if !class.attribute.Equal(path.Empty()) {
			at = class.attribute
		}
		return at, paragraphs(strings.TrimSpace(class.summary+". "+class.why()), class.detail(done))
	case errors.As(cause, &timeout):
		return timeout.argument, paragraphs(capital(timeout.Error())+".", done)
	}
	return at, done
}

// describeFailures lists the remaining items, with the reasons unless the run was interrupted.
func describeFailures(left []useraccess.Failure) string {
	lines := make([]string, len(left))
	for i, failure := range left {
		lines[i] = "  " + failure.Item.Describe()
		var unconfirmed *useraccess.UnconfirmedError
		var call *transport.Error
		var timeout *timeoutError
		ended := errors.Is(failure.Err, context.Canceled) || errors.As(failure.Err, &timeout)
		if !ended || errors.As(failure.Err, &unconfirmed) || errors.As(failure.Err, &call) {
			lines[i] += ": " + transport.Printable(failure.Err.Error(), transport.LongestText)
		}
	}
	return strings.Join(lines, "\n")
}

// describeItems lists items, one per line. All but the first are indented.
func describeItems(items []useraccess.Item) string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = item.Describe()
	}
	return strings.Join(lines, "\n  ")
}

// listed returns the configured access, each item once.
func (m userAccessSuspensionModel) listed(report func(useraccess.Change)) useraccess.Listed {
	return useraccess.Listed{
		InstanceID: m.InstanceID.ValueString(), IdentityStoreID: m.IdentityStoreID.ValueString(), UserID: m.UserID.ValueString(),
		Items: m.items(), Report: report,
	}
}

// items returns the configured items, each once. The lists must be known.
func (m userAccessSuspensionModel) items() []useraccess.Item {
	var items []useraccess.Item
	add := func(item useraccess.Item) {
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	for _, element := range m.Assignments.Elements() {
		if object, ok := element.(types.Object); ok {
			account, _ := object.Attributes()["account_id"].(types.String)
			set, _ := object.Attributes()["permission_set_id"].(types.String)
			add(useraccess.Item{AccountID: account.ValueString(), PermissionSetID: set.ValueString()})
		}
	}
	for _, id := range expandStrings(m.GroupIDs) {
		add(useraccess.Item{GroupID: id})
	}
	return items
}

// wantedPresent returns the listed access that the user will have; unknown if the list is unknown.
func (m userAccessSuspensionModel) wantedPresent() types.List {
	switch {
	case m.Active.ValueBool():
		return presentValue(nil)
	case m.Active.IsUnknown() || !m.known():
		return types.ListUnknown(types.StringType)
	}
	return presentValue(m.items())
}

// differs reports whether an apply has something to do. state is nil for a create.
func (m userAccessSuspensionModel) differs(state *userAccessSuspensionModel) bool {
	return state == nil || !m.Active.Equal(state.Active) || !m.Present.Equal(state.Present) ||
		!m.Assignments.Equal(state.Assignments) || !m.GroupIDs.Equal(state.GroupIDs) ||
		!m.InstanceID.Equal(state.InstanceID) || !m.IdentityStoreID.Equal(state.IdentityStoreID) || !m.UserID.Equal(state.UserID)
}

func (m userAccessSuspensionModel) identity() userAccessSuspensionIdentity {
	return userAccessSuspensionIdentity{m.InstanceID, m.IdentityStoreID, m.UserID}
}

func (m userAccessSuspensionModel) hcl() string {
	assignments, groups := "", ""
	for _, item := range m.items() {
		if item.GroupID == "" {
			assignments += fmt.Sprintf("    { account_id = %q, permission_set_id = %q },\n", item.AccountID, item.PermissionSetID)
		} else {
			groups += fmt.Sprintf("    %q,\n", item.GroupID)
		}
	}
	return "  assignments = [\n" + assignments + "  ]\n  group_ids = [\n" + groups + "  ]"
}

func presentValue(items []useraccess.Item) types.List {
	elements := make([]attr.Value, len(items))
	for i, item := range items {
		elements[i] = types.StringValue(item.String())
	}
	return types.ListValueMust(types.StringType, elements)
}

// known reports whether the lists and all their elements are known.
func (m userAccessSuspensionModel) known() bool {
	return fullyKnown(m.Assignments) && fullyKnown(m.GroupIDs)
}
