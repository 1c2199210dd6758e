// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// sessionsMatching is the name of the block that selects sessions. It is a list with at most one
// element. Terraform ignores a misspelt name in a nested attribute, and a single block costs CPU
// time in every resource without it.
const sessionsMatching = "sessions_matching"

// sessionSelector holds the arguments that select sessions. Exactly one must be set.
type sessionSelector struct {
	// SessionIDs is null if sessions cannot be selected by ID.
	SessionIDs       types.List
	AllSessions      types.Bool
	SessionsMatching types.List
	// ManyUsers is true if sessions of many users are selected, which is not possible by ID.
	ManyUsers bool
}

// sessionsMatchingModel is a sessions_matching block.
type sessionsMatchingModel struct {
	FromNetworks     types.List   `tfsdk:"from_networks"`
	NotFromNetworks  types.List   `tfsdk:"not_from_networks"`
	UserAgentRegex   types.String `tfsdk:"user_agent_regex"`
	CreatedAfter     types.String `tfsdk:"created_after"`
	CreatedBefore    types.String `tfsdk:"created_before"`
	OlderThan        types.String `tfsdk:"older_than"`
	YoungerThan      types.String `tfsdk:"younger_than"`
	KeepNewest       types.Number `tfsdk:"keep_newest"`
	TreatMissingData types.String `tfsdk:"treat_missing_data"`
}

// sessionsMatchingType is the element type of the list of sessions_matching blocks.
var sessionsMatchingType = sessionsMatchingBlock(false).NestedObject.Type()

const (
	describeSessionsMatching = "Selects sessions by network, user agent or age; all conditions that are set must match, and at least one is required."
	describeTreatMissingData = "Whether a session matches a condition on data that the API does not return, or that cannot be read: `match` or `no_match`. Default `match`."
	// For the sessions of many users, some conditions require an explicit value.
	describeTreatMissingDataOfMany = "Whether a session matches a condition on data that the API does not return: `match` or `no_match`. Required with networks and `user_agent_regex`, otherwise `match`."
)

// sessionsMatchingBlock returns the block of a data source or an action. Blocks and attributes of a
// resource schema fit these too. manyUsers is true if sessions of many users are selected.
func sessionsMatchingBlock(manyUsers bool) schema.ListNestedBlock {
	missing := describeTreatMissingData
	if manyUsers {
		missing = describeTreatMissingDataOfMany
	}
	return schema.ListNestedBlock{
		MarkdownDescription: describeSessionsMatching,
		Validators:          []validator.List{listvalidator.SizeAtMost(1)},
		NestedObject: schema.NestedBlockObject{
			Validators: []validator.Object{conditionsValidator{manyUsers: manyUsers}},
			Attributes: map[string]schema.Attribute{
				revocation.FromNetworks:    schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Matches sessions from one of these IPv4 or IPv6 addresses or networks, such as `203.0.113.0/24`."},
				revocation.NotFromNetworks: schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Matches sessions that are not from these addresses or networks."},
				revocation.UserAgentRegex:  schema.StringAttribute{Optional: true, MarkdownDescription: "Matches sessions by user agent with an [RE2](https://github.com/google/re2/wiki/Syntax) expression, such as `(?i)curl|python`."},
				revocation.CreatedAfter:    schema.StringAttribute{Optional: true, MarkdownDescription: "Matches sessions that began at this time (RFC 3339) or later."},
				revocation.CreatedBefore:   schema.StringAttribute{Optional: true, MarkdownDescription: "Matches sessions that began before this time (RFC 3339)."},
				revocation.OlderThan:       schema.StringAttribute{Optional: true, MarkdownDescription: "Matches sessions that began longer ago than this duration, such as `4h` or `30m`."},
				revocation.YoungerThan:     schema.StringAttribute{Optional: true, MarkdownDescription: "Matches sessions that began no longer ago than this duration."},
				// An Int64 with a fraction is reported as a bug of the provider.
				revocation.KeepNewest: schema.NumberAttribute{
					Optional:            true,
					MarkdownDescription: "The number of sessions of each user to keep: the newest of those that match the other conditions.",
				},
				revocation.TreatMissingData: schema.StringAttribute{Optional: true, MarkdownDescription: missing},
			},
		},
	}
}

// sessionsMatchingResourceBlock returns the block of a resource, whose changes require replacement.
func sessionsMatchingResourceBlock(manyUsers bool) schema.ListNestedBlock {
	block := sessionsMatchingBlock(manyUsers)
	for name, attribute := range block.NestedObject.Attributes {
		switch attribute := attribute.(type) {
		case schema.ListAttribute:
			attribute.PlanModifiers = []planmodifier.List{ignoreOrder{}, listplanmodifier.RequiresReplace()}
			block.NestedObject.Attributes[name] = attribute
		case schema.StringAttribute:
			attribute.PlanModifiers = []planmodifier.String{stringplanmodifier.RequiresReplace()}
			block.NestedObject.Attributes[name] = attribute
		case schema.NumberAttribute:
			attribute.PlanModifiers = []planmodifier.Number{numberplanmodifier.RequiresReplace()}
			block.NestedObject.Attributes[name] = attribute
		}
	}
	const addedOrRemoved = "Adding or removing the block requires replacement."
	block.MarkdownDescription += requiresReplacement
	block.PlanModifiers = []planmodifier.List{listplanmodifier.RequiresReplaceIf(
		func(_ context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = req.PlanValue.IsUnknown() || len(req.PlanValue.Elements()) != len(req.StateValue.Elements())
		}, addedOrRemoved, addedOrRemoved)}
	return block
}

// arguments returns the arguments in the order of the documentation.
func (s sessionSelector) arguments() []choiceArgument {
	matching := s.SessionsMatching
	if !matching.IsUnknown() && len(matching.Elements()) == 0 {
		matching = types.ListNull(sessionsMatchingType) // An absent block is an empty list.
	}
	all := []choiceArgument{{"session_ids", s.SessionIDs}, {"all_sessions", s.AllSessions}, {sessionsMatching, matching}}
	if s.ManyUsers {
		return all[1:]
	}
	return all
}

func (s sessionSelector) given() string { return firstSet(s.arguments()) }

// known reports whether the arguments and the elements of session_ids are known.
func (s sessionSelector) known() bool {
	return fullyKnown(s.SessionIDs) && !s.AllSessions.IsUnknown() && fullyKnown(s.SessionsMatching)
}

// validate adds an error unless exactly one argument is set.
func (s sessionSelector) validate(diags *diag.Diagnostics) {
	validateExactlyOne("No sessions selected", "Sessions selected more than once", s.arguments(), nil, diags)
}

// validateAgain runs the validators of the schema too, for actions.
func (s sessionSelector) validateAgain(ctx context.Context, diags *diag.Diagnostics) {
	s.validate(diags)
	validateList(ctx, path.Root("session_ids"), s.SessionIDs, apiID, diags)
	validateTrue(ctx, path.Root("all_sessions"), s.AllSessions, diags)
}

// expand returns the conditions of the block; nil without a block. known is false if a condition is
// unknown.
func (s sessionSelector) expand(ctx context.Context, diags *diag.Diagnostics) (conditions *revocation.Conditions, known bool) {
	if !s.known() {
		return nil, false
	}
	var blocks []sessionsMatchingModel
	diags.Append(s.SessionsMatching.ElementsAs(ctx, &blocks, false)...)
	at := path.Root(sessionsMatching)
	switch {
	case diags.HasError():
		return nil, false
	case len(blocks) == 0:
		return nil, true
	case len(blocks) > 1:
		diags.AddAttributeError(at, "Too many sessions_matching blocks", "At most one sessions_matching block is allowed. Put all conditions into one block.")
		return nil, false
	}
	return blocks[0].expand(at.AtListIndex(0), s.ManyUsers, diags)
}

// conditionsValidator validates a sessions_matching block.
type conditionsValidator struct{ manyUsers bool }

func (conditionsValidator) Description(context.Context) string {
	return "must have at least one condition, and conditions that a session can match"
}

func (v conditionsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v conditionsValidator) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var block sessionsMatchingModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &block, basetypes.ObjectAsOptions{})...)
	if !resp.Diagnostics.HasError() {
		_, _ = block.expand(req.Path, v.manyUsers, &resp.Diagnostics)
	}
}

// expand returns the conditions of a block and adds an error for each invalid one. For the sessions
// of many users, treat_missing_data has no default with networks or user agents, because the API
// may omit the address of every session.
func (m sessionsMatchingModel) expand(at path.Path, manyUsers bool, diags *diag.Diagnostics) (conditions *revocation.Conditions, known bool) {
	e := &conditionsExpander{at: at, diags: diags, known: true}
	c := &revocation.Conditions{
		FromNetworks:    revocation.NewNetworks(e.networks(revocation.FromNetworks, m.FromNetworks)...),
		NotFromNetworks: revocation.NewNetworks(e.networks(revocation.NotFromNetworks, m.NotFromNetworks)...),
		UserAgent:       e.regex(revocation.UserAgentRegex, m.UserAgentRegex),
		CreatedAfter:    expandCondition(e, revocation.CreatedAfter, m.CreatedAfter, parseTime),
		CreatedBefore:   expandCondition(e, revocation.CreatedBefore, m.CreatedBefore, parseTime),
		OlderThan:       expandCondition(e, revocation.OlderThan, m.OlderThan, parseDuration),
		YoungerThan:     expandCondition(e, revocation.YoungerThan, m.YoungerThan, parseDuration),
		KeepNewest:      e.count(revocation.KeepNewest, m.KeepNewest),
	}
	if e.conditions == 0 {
		diags.AddAttributeError(at, "No condition in sessions_matching",
			"sessions_matching needs at least one condition that is not null. To end every session, use all_sessions = true.")
	}
	treatment := m.TreatMissingData
	switch {
	case treatment.IsUnknown():
		e.known = false
	case treatment.IsNull() && manyUsers && (!c.FromNetworks.Empty() || !c.NotFromNetworks.Empty() || c.UserAgent != nil):
		e.refuse(revocation.TreatMissingData, "treat_missing_data is required with networks and user_agent_regex: the API may not return the address or the user agent of a session. "+
			"With \"match\" such sessions are ended, with \"no_match\" they are not.")
	case !treatment.IsNull() && treatment.ValueString() != "match" && treatment.ValueString() != "no_match":
		e.refuse(revocation.TreatMissingData, invalidValue(revocation.TreatMissingData, `must be "match" or "no_match"`, treatment.ValueString()))
	}
	c.MissingNoMatch = treatment.ValueString() == "no_match"
	for _, problem := range c.Contradictions() {
		e.refuse(problem.Argument, problem.Text)
	}
	return c, e.known
}

// conditionsExpander collects the conditions of a block.
type conditionsExpander struct {
	at    path.Path
	diags *diag.Diagnostics
	// conditions is the number of set conditions, unknown ones included.
	conditions int
	known      bool
}

// isSet reports whether a condition is set and known.
func (e *conditionsExpander) isSet(value attr.Value) bool {
	if value.IsNull() {
		return false
	}
	e.conditions++
	known := fullyKnown(value)
	e.known = e.known && known
	return known
}

func (e *conditionsExpander) refuse(name, text string) {
	e.diags.AddAttributeError(e.at.AtName(name), "Invalid condition", text)
}

func (e *conditionsExpander) regex(name string, value types.String) *regexp.Regexp {
	if !e.isSet(value) {
		return nil
	}
	compiled, err := regexp.Compile(value.ValueString())
	switch {
	case err != nil:
		e.refuse(name, invalidValue(name, "must be a regular expression in RE2 syntax: "+transport.Printable(err.Error(), longestShown), value.ValueString()))
		return nil
	case value.ValueString() == "":
		e.refuse(name, name+" is empty and would match every user agent. Leave it out.")
		return nil
	}
	return compiled
}

// expandCondition parses a time or a duration. It returns zero if parse returns a fault.
func expandCondition[T any](e *conditionsExpander, name string, value types.String, parse func(string) (T, string)) (zero T) {
	if !e.isSet(value) {
		return zero
	}
	parsed, fault := parse(value.ValueString())
	if fault != "" {
		e.refuse(name, invalidValue(name, fault, value.ValueString()))
		return zero
	}
	return parsed
}

func (e *conditionsExpander) count(name string, value types.Number) int {
	if !e.isSet(value) {
		return 0
	}
	n, accuracy := value.ValueBigFloat().Int64()
	if accuracy != big.Exact || n < 1 || n > 1e9 {
		e.refuse(name, fmt.Sprintf("%s must be an integer from 1 to 1000000000; it is %s.", name, value.ValueBigFloat().Text('g', -1)))
	}
	return int(n)
}

func (e *conditionsExpander) networks(name string, value types.List) []netip.Prefix {
	if !e.isSet(value) {
		return nil
	}
	if len(value.Elements()) == 0 {
		e.refuse(name, name+" is empty. Leave it out, or add an address or a network.")
	}
	var all []netip.Prefix
	for i, element := range value.Elements() {
		text, _ := element.(types.String)
		network, err := revocation.ParseNetwork(text.ValueString())
		at := e.at.AtName(name).AtListIndex(i)
		switch {
		case text.IsNull():
			e.diags.AddAttributeError(at, "Invalid condition", fmt.Sprintf("%s[%d] is null. Leave it out.", name, i))
		case err != nil:
			e.diags.AddAttributeError(at, "Invalid condition", invalidValue(name, "has an invalid element: "+err.Error(), text.ValueString()))
		}
		all = append(all, network)
	}
	return all
}

func shown(value types.String) string {
	return transport.Printable(value.ValueString(), longestShown)
}
