// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/revocation"
)

// sessionsMatching is the name of the block that chooses sessions. It is a list of
// at most one: a nested attribute would drop a mistyped condition without a word,
// and a single block costs CPU in every resource that does not have it.
const sessionsMatching = "sessions_matching"

const describeSessionsMatching = "Which sessions are meant, by what is known of them at that moment. At least one condition is required; a session must meet all that are set, and one that is `null` is not set. At most one block."

// The arguments of the block and what the documentation says of them.
var (
	matchingLists = map[string]string{
		revocation.FromNetworks: "Sessions from one of these addresses or networks (CIDR), IPv4 or IPv6. An IPv4-mapped IPv6 address is the IPv4 address. " +
			"A network with bits beyond its prefix, such as `203.0.113.5/24`, is refused.",
		revocation.NotFromNetworks: "Sessions from none of these addresses or networks.",
	}
	matchingTexts = map[string]string{
		revocation.UserAgentRegex: "Sessions whose user agent has a part that matches this regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)), such as `(?i)curl|python`.",
		revocation.CreatedAfter:   "Sessions that began at this moment (RFC 3339) or later. A moment up to 1970 is refused.",
		revocation.CreatedBefore:  "Sessions that began before this moment (RFC 3339). A moment up to 1970 is refused.",
		revocation.OlderThan: "Sessions that began longer ago than this duration, such as `4h` or `30m`, by the clock of the server at the moment of the listing. " +
			"Unlike a moment computed with `plantimestamp()`, it is the same in every plan.",
		revocation.YoungerThan: "Sessions that began no longer ago than this duration.",
		revocation.TreatMissingData: "How a session counts for which the API does not return the address, the user agent or the time that a condition needs: " +
			"with `match` (the default) it meets the condition, with `no_match` it does not. An address that cannot be read counts as missing. " +
			"For many users it is required with networks or `user_agent_regex`.",
	}
	matchingNumbers = map[string]string{
		revocation.KeepNewest: "How many sessions of a user stay of those that meet all other conditions: the newest. At least 1. A session without a time counts as the oldest.",
	}
)

// matchingAttributes builds the arguments of the block for one kind of schema.
func matchingAttributes[A any](list, text, number func(description string) A) map[string]A {
	all := map[string]A{}
	for name, description := range matchingLists {
		all[name] = list(description)
	}
	for name, description := range matchingTexts {
		all[name] = text(description)
	}
	for name, description := range matchingNumbers {
		all[name] = number(description)
	}
	return all
}

// resourceSessionsMatching is the block of a resource that revokes: every change in it
// forces replacement, but for the order of networks.
func resourceSessionsMatching() resourceschema.ListNestedBlock {
	// Changes within the block are looked after by its arguments.
	const comesOrGoes = "Adding or removing the block forces replacement."
	return resourceschema.ListNestedBlock{
		MarkdownDescription: describeSessionsMatching + " Any change forces replacement, which ends sessions again.",
		PlanModifiers: []planmodifier.List{listplanmodifier.RequiresReplaceIf(
			func(_ context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = req.PlanValue.IsUnknown() || len(req.PlanValue.Elements()) != len(req.StateValue.Elements())
			}, comesOrGoes, comesOrGoes)},
		NestedObject: resourceschema.NestedBlockObject{Attributes: matchingAttributes[resourceschema.Attribute](
			func(description string) resourceschema.Attribute {
				return resourceschema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description,
					PlanModifiers: []planmodifier.List{sameSet{}, listplanmodifier.RequiresReplace()}}
			},
			func(description string) resourceschema.Attribute {
				return resourceschema.StringAttribute{Optional: true, MarkdownDescription: description,
					PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
			},
			func(description string) resourceschema.Attribute {
				return resourceschema.NumberAttribute{Optional: true, MarkdownDescription: description,
					PlanModifiers: []planmodifier.Number{numberplanmodifier.RequiresReplace()}}
			},
		)},
	}
}

// anySessionsMatching is the block of all others, see attributes.go.
func anySessionsMatching() schema.ListNestedBlock {
	return schema.ListNestedBlock{
		MarkdownDescription: describeSessionsMatching,
		NestedObject: schema.NestedBlockObject{Attributes: matchingAttributes[schema.Attribute](
			func(description string) schema.Attribute { return optionalTexts(description) },
			func(description string) schema.Attribute {
				return schema.StringAttribute{Optional: true, MarkdownDescription: description}
			},
			func(description string) schema.Attribute {
				return schema.NumberAttribute{Optional: true, MarkdownDescription: description}
			},
		)},
	}
}

// readConditions returns what a sessions_matching block says, nil without a block,
// and adds everything that is wrong with it: the one check at validation, plan and apply.
// Known is false while a value is unknown; the conditions are then not all there. For
// many users treat_missing_data has no default beside networks or a user agent: the
// API may tell the address of no session at all.
func readConditions(block types.List, manyUsers bool, diags *diag.Diagnostics) (conditions *revocation.Conditions, known bool) {
	at := path.Root(sessionsMatching)
	elements := block.Elements()
	switch {
	case block.IsUnknown():
		return nil, false
	case len(elements) == 0:
		return nil, true
	case len(elements) > 1:
		diags.AddAttributeError(at.AtListIndex(1), "More than one sessions_matching block",
			"At most one sessions_matching block is allowed. Put all conditions into one: a session must meet all of them.")
		return nil, false
	}
	object, ok := elements[0].(types.Object)
	if !ok || object.IsUnknown() {
		return nil, false
	}
	r := &conditionsReader{attributes: object.Attributes(), at: at.AtListIndex(0), diags: diags, known: true}
	return r.read(manyUsers), r.known
}

// conditionsReader reads one block.
type conditionsReader struct {
	attributes map[string]attr.Value
	at         path.Path
	diags      *diag.Diagnostics
	// conditions is how many are set, unknown ones included.
	conditions int
	known      bool
}

func (r *conditionsReader) read(manyUsers bool) *revocation.Conditions {
	c := &revocation.Conditions{
		FromNetworks: r.networks(revocation.FromNetworks), NotFromNetworks: r.networks(revocation.NotFromNetworks),
		UserAgent:    r.userAgent(),
		CreatedAfter: r.moment(revocation.CreatedAfter), CreatedBefore: r.moment(revocation.CreatedBefore),
		OlderThan: r.duration(revocation.OlderThan), YoungerThan: r.duration(revocation.YoungerThan),
		KeepNewest: r.keepNewest(),
	}
	if r.conditions == 0 {
		r.diags.AddAttributeError(r.at, "No condition in sessions_matching",
			"No condition is set, so that nothing says which sessions are meant; treat_missing_data alone is none, and neither is one that is null. Set a condition, or use all_sessions = true instead of the block.")
	}
	// It is no condition.
	c.MissingNoMatch = r.missingNoMatch(manyUsers && (c.FromNetworks != nil || c.NotFromNetworks != nil || c.UserAgent != nil))
	for _, problem := range c.Contradictions() {
		r.refuse(problem.Argument, problem.Text)
	}
	return c
}

func (r *conditionsReader) userAgent() *regexp.Regexp {
	pattern, ok := r.text(revocation.UserAgentRegex)
	if !ok {
		return nil
	}
	compiled, err := regexp.Compile(pattern)
	switch {
	case err != nil:
		r.refuse(revocation.UserAgentRegex, fmt.Sprintf("user_agent_regex must be a regular expression of RE2: %s.", err))
	case pattern == "":
		r.refuse(revocation.UserAgentRegex, "user_agent_regex is empty, which every user agent matches. Leave it out if that is meant.")
		return nil
	}
	return compiled
}

func (r *conditionsReader) keepNewest() int {
	// An integer attribute would be refused by the framework, as a bug of the provider.
	newest, isNumber := r.attributes[revocation.KeepNewest].(types.Number)
	if !isNumber || !r.isSet(newest) {
		return 0
	}
	n, accuracy := newest.ValueBigFloat().Int64()
	if accuracy != big.Exact || n < 1 || n > 1e9 {
		r.refuse(revocation.KeepNewest, fmt.Sprintf("keep_newest must be at least 1 and at most 1000000000, without a fraction; it is %s.", newest.ValueBigFloat().Text('g', -1)))
	}
	return int(n)
}

// missingNoMatch reads treat_missing_data, which may be required.
func (r *conditionsReader) missingNoMatch(required bool) bool {
	text, isSet := r.text(revocation.TreatMissingData)
	if isSet && text != "match" && text != "no_match" {
		r.refuse(revocation.TreatMissingData, fmt.Sprintf("treat_missing_data must be \"match\" or \"no_match\"; it is %q.", text))
	}
	if value := r.attributes[revocation.TreatMissingData]; required && (value == nil || value.IsNull()) {
		r.refuse(revocation.TreatMissingData, "treat_missing_data is required here beside networks or user_agent_regex: the API may not tell the address or the browser of a session, "+
			"so \"match\" may end the sessions of everybody, and \"no_match\" may end none.")
	}
	return text == "no_match"
}

// isSet tells whether a value is there and known, and keeps account of both.
func (r *conditionsReader) isSet(value attr.Value) bool {
	if value == nil || value.IsNull() {
		return false
	}
	r.conditions++
	if value.IsUnknown() {
		r.known = false
		return false
	}
	return true
}

func (r *conditionsReader) refuse(name, text string) {
	r.diags.AddAttributeError(r.at.AtName(name), "Invalid condition", text)
}

func (r *conditionsReader) text(name string) (string, bool) {
	value, isText := r.attributes[name].(types.String)
	if !isText || !r.isSet(value) {
		return "", false
	}
	return value.ValueString(), true
}

func (r *conditionsReader) moment(name string) time.Time {
	text, ok := r.text(name)
	if !ok {
		return time.Time{}
	}
	moment, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		r.refuse(name, fmt.Sprintf("%s must be a moment as in RFC 3339, such as 2026-11-23T02:15:00Z; it is %q.", name, text))
	case moment.Unix() <= 0:
		// Programs write an unset time like this, and the zero time is a condition that is not set.
		r.refuse(name, fmt.Sprintf("%s must be later than 1970-01-01T00:00:00Z; it is %q, which is what programs write for a time that is not set.", name, text))
	}
	return moment
}

func (r *conditionsReader) duration(name string) time.Duration {
	text, ok := r.text(name)
	if !ok {
		return 0
	}
	d, err := parsePositiveDuration(text)
	if err != nil {
		r.refuse(name, fmt.Sprintf("%s must be a duration longer than zero, such as 30m or 4h; it is %q.", name, text))
		return 0
	}
	return d
}

func (r *conditionsReader) networks(name string) []netip.Prefix {
	list, isList := r.attributes[name].(types.List)
	if !isList || !r.isSet(list) {
		return nil
	}
	if len(list.Elements()) == 0 {
		r.refuse(name, name+" is empty. Leave it out, or name an address or a network.")
	}
	var all []netip.Prefix
	for i, element := range list.Elements() {
		text, _ := element.(types.String)
		if text.IsUnknown() {
			r.known = false
			continue
		}
		if text.IsNull() {
			r.diags.AddAttributeError(r.at.AtName(name).AtListIndex(i), "Invalid condition", fmt.Sprintf("%s[%d] is null. Leave it out.", name, i))
			continue
		}
		network, err := revocation.ParseNetwork(text.ValueString())
		if err != nil {
			r.diags.AddAttributeError(r.at.AtName(name).AtListIndex(i), "Invalid condition", fmt.Sprintf("%q in %s: %s.", text.ValueString(), name, err))
			continue
		}
		all = append(all, network)
	}
	if !r.known {
		return nil // A contradiction is seen once all networks are there.
	}
	return all
}

// sameSet is the plan modifier of a list that is compared as a set: in another order,
// or with other duplicates, it keeps the prior value, so that nothing is planned.
type sameSet struct{}

func (sameSet) Description(context.Context) string {
	return "The order and duplicates do not matter."
}

func (m sameSet) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameSet) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if req.StateValue.IsNull() || req.PlanValue.IsNull() || (namedList{list: req.PlanValue}).unknown() {
		return
	}
	set := func(list types.List) []string { return slices.Compact(slices.Sorted(slices.Values(textsOf(list)))) }
	if slices.Equal(set(req.StateValue), set(req.PlanValue)) {
		resp.PlanValue = req.StateValue
	}
}
