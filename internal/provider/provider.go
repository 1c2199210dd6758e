// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is what Terraform sees: schemas, models, diagnostics.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/userlock"
)

var (
	_ provider.ProviderWithActions            = (*identityCenterProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*identityCenterProvider)(nil)
	_ provider.ProviderWithFunctions          = (*identityCenterProvider)(nil)
	_ provider.ProviderWithListResources      = (*identityCenterProvider)(nil)
)

// New returns a constructor of the provider; version goes into its User-Agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &identityCenterProvider{version: version} }
}

type identityCenterProvider struct {
	version string
}

// providerModel is the provider block.
type providerModel struct {
	Region                      types.String `tfsdk:"region"`
	AccessKey                   types.String `tfsdk:"access_key"`
	SecretKey                   types.String `tfsdk:"secret_key"`
	SecurityToken               types.String `tfsdk:"security_token"`
	SharedConfigFile            types.String `tfsdk:"shared_config_file"`
	Profile                     types.String `tfsdk:"profile"`
	Cloud                       types.String `tfsdk:"cloud"`
	Endpoints                   types.Map    `tfsdk:"endpoints"`
	Insecure                    types.Bool   `tfsdk:"insecure"`
	CAFile                      types.String `tfsdk:"ca_file"`
	MaxRetries                  types.Int64  `tfsdk:"max_retries"`
	MaxConcurrentRequests       types.Int64  `tfsdk:"max_concurrent_requests"`
	RequestTimeout              types.String `tfsdk:"request_timeout"`
	DecodeAuthorizationMessages types.Bool   `tfsdk:"decode_authorization_messages"`
	ProtectedUserIDs            types.List   `tfsdk:"protected_user_ids"`
	ProtectedGroupIDs           types.List   `tfsdk:"protected_group_ids"`
	AssumeRole                  types.List   `tfsdk:"assume_role"`
	AssumeRoleWithOIDC          types.List   `tfsdk:"assume_role_with_oidc"`
}

type assumeRoleModel struct {
	AgencyName types.String `tfsdk:"agency_name"`
	DomainName types.String `tfsdk:"domain_name"`
	DomainID   types.String `tfsdk:"domain_id"`
	Duration   types.Int64  `tfsdk:"duration"`
}

type assumeRoleWithOIDCModel struct {
	AgencyName  types.String `tfsdk:"agency_name"`
	DomainID    types.String `tfsdk:"domain_id"`
	Duration    types.Int64  `tfsdk:"duration"`
	IdpID       types.String `tfsdk:"idp_id"`
	IDToken     types.String `tfsdk:"id_token"`
	IDTokenFile types.String `tfsdk:"id_token_file"`
}

func (p *identityCenterProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "identitycenter"
	resp.Version = p.version
}

func (p *identityCenterProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	const shortest, longestSTS, longestIAM = int64(credentials.ShortestDuration / time.Second), int64(credentials.LongestDurationSTS / time.Second), int64(credentials.LongestDurationIAM / time.Second)
	duration := func(one, other string) schema.Int64Attribute {
		return schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("How long the temporary credentials are valid, in seconds: %d to %d with %s, %d to %d %s. They are renewed before they expire. "+
				"Default is that of the service. Can also be set with `HW_ASSUME_ROLE_DURATION`.", shortest, longestSTS, one, shortest, longestIAM, other),
			Validators: []validator.Int64{int64validator.Between(shortest, longestIAM)},
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Puts an intruder out of a Huawei Cloud organization: ends login sessions of IAM Identity Center users, locks the users out, and cuts the console sessions that are open.",
		Attributes: map[string]schema.Attribute{
			"region": optionalText("The region of the IAM Identity Center instance, such as `ap-southeast-3`. An identity store is found only in the region of its instance. " +
				"Can also be set with `HW_REGION_NAME`, or with the `region` of the profile. One of these is required."),
			"access_key":     optionalSecret("The access key ID (AK). Can also be set with `HW_ACCESS_KEY` or `HUAWEICLOUD_SDK_AK`, in this order."),
			"secret_key":     optionalSecret("The secret access key (SK) of `access_key`. Can also be set with `HW_SECRET_KEY` or `HUAWEICLOUD_SDK_SK`, in this order."),
			"security_token": optionalSecret("The security token of temporary credentials. Can also be set with `HW_SECURITY_TOKEN` or `HUAWEICLOUD_SDK_SECURITY_TOKEN`, in this order."),
			"shared_config_file": optionalText("The path of the configuration file of KooCLI (`hcloud`), which may begin with `~/`. Default `~/.hcloud/config.json`. " +
				"Can also be set with `HW_SHARED_CONFIG_FILE`."),
			"profile": optionalText("The name of the KooCLI profile. Its `mode` (`AKSK`, `SSO` or `ecsAgency`) decides which of its fields are used. " +
				"Default is the current profile of the file. Can also be set with `HW_PROFILE`."),
			"cloud": optionalText("The domain of Huawei Cloud. Default `myhuaweicloud.com`, and `myhuaweicloud.eu` for regions whose name begins with `eu-west-1`. " +
				"Can also be set with `HW_CLOUD`."),
			"endpoints": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Custom endpoints of services. Keys: `identitystore`, `identitycenter`, `sts`, `iam`. Values: an http or https URL without a path, or a host, which is used with https. " +
					"A service without one has the endpoint that follows from `region` and `cloud`.",
				Validators: []validator.Map{
					mapvalidator.KeysAre(stringvalidator.OneOf(serviceNames()...)),
					mapvalidator.ValueStringsAre(endpointText{}),
				},
			},
			"insecure": optionalBool("Whether to skip the verification of server certificates. For tests only: anyone on the way can read and alter the responses. " +
				"Default `false`. Can also be set with `HW_INSECURE`."),
			"ca_file": optionalText("Certificates (PEM) to trust in addition to those of the system, for instance of a proxy that inspects TLS: " +
				"the path of a file, which may begin with `~/`, or the certificates themselves."),
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum number of retries of a request that fails on the server (5xx), conflicts (409, `IIC.1006`), loses its connection or times out, from 0 to %d. "+
					"A request that is throttled (429) is retried until the timeout of the operation, whatever this says. Default `%d`. Can also be set with `HW_MAX_RETRIES`.",
					mostRetries, transport.DefaultMaxRetries),
				Validators: []validator.Int64{int64validator.Between(0, mostRetries)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent API requests of this provider configuration, from 1 to %d. Default `%d`.",
					mostConcurrentRequests, transport.DefaultMaxConcurrentRequests),
				Validators: []validator.Int64{int64validator.Between(1, mostConcurrentRequests)},
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Timeout of a single attempt of a request, as a Go duration such as `10s` or `1m30s`. Default `%s`. Can also be set with `HW_REQUEST_TIMEOUT`. "+
					"The `timeouts` of a resource limit all attempts together.", transport.DefaultRequestTimeout),
				Validators: []validator.String{positiveDuration{}},
			},
			"decode_authorization_messages": optionalBool("Whether to decode the encoded authorization message of a 403 response and show it, which needs the permission `sts::decodeAuthorizationMessage`. " +
				"Default `true`. If the message cannot be decoded, the error shows it together with the KooCLI command that decodes it."),
			"protected_user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "IDs of users that no resource or action may lock, suspend or end sessions of. `" + envProtectedUserIDs + "` adds more, separated by commas.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID{})},
			},
			"protected_group_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "IDs of groups whose members are protected in the same way.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(apiID{})},
			},
		},
		Blocks: map[string]schema.Block{
			"assume_role": schema.ListNestedBlock{
				MarkdownDescription: "An agency to assume. Several blocks form a chain: each agency is assumed with the credentials of the one before. " +
					"`HW_ASSUME_ROLE_AGENCY_NAME` does the same without a block.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": optionalText("The name of the agency. Can also be set with `HW_ASSUME_ROLE_AGENCY_NAME`. One of the two is required."),
					"domain_name": optionalText("The name of the account that owns the agency. One of `domain_name` and `domain_id` is required. Can also be set with `HW_ASSUME_ROLE_DOMAIN_NAME`. " +
						"Assuming an agency by `domain_name` is a request to IAM, which needs the permission `iam:agencies:assume`."),
					"domain_id": optionalText("The ID of the account that owns the agency; takes precedence over `domain_name`. Can also be set with `HW_ASSUME_ROLE_DOMAIN_ID`. " +
						"Assuming an agency by `domain_id` is a request to STS, which needs the permission `sts:agencies:assume`."),
					"duration": duration("`domain_id`", "with `domain_name`"),
				}},
			},
			"assume_role_with_oidc": schema.ListNestedBlock{
				MarkdownDescription: "Exchanges the ID token of an OpenID Connect identity provider for temporary credentials, so that a pipeline needs no long-lived ones, and assumes an agency with them if one is named. " +
					"At most one block. `HW_ASSUME_ROLE_IDP_ID` does the same without a block.",
				Validators: []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": optionalText("The name of the agency. Without it, the credentials of the ID token itself are used. Can also be set with `HW_ASSUME_ROLE_AGENCY_NAME`."),
					"domain_id":   optionalText("The ID of the account that owns the agency; required with `agency_name`. Can also be set with `HW_ASSUME_ROLE_DOMAIN_ID`."),
					"duration":    duration("an agency", "without one"),
					"idp_id":      optionalText("The ID of the identity provider in IAM. Can also be set with `HW_ASSUME_ROLE_IDP_ID`. One of the two is required."),
					"id_token":    optionalSecret("The ID token. One of `id_token` and `id_token_file` is required. Can also be set with `HW_ASSUME_ROLE_ID_TOKEN`."),
					"id_token_file": optionalText("The path of a file with the ID token, which may begin with `~/`. The file is read again whenever credentials are fetched. " +
						"Can also be set with `HW_ASSUME_ROLE_ID_TOKEN_FILE`."),
				}},
			},
		},
	}
}

func serviceNames() []string {
	var names []string
	for _, service := range transport.Services() {
		names = append(names, string(service))
	}
	return names
}

// providerData is what Configure hands to everything else.
type providerData struct {
	// client is nil as long as an argument of the provider is unknown, which
	// happens in a plan only.
	client *identitycenter.Client
	// cutoffs edits the policies of permission sets; nil as long as client is.
	cutoffs *cutoff.Editor
	// unknown names those arguments.
	unknown []string
	// protected are the users that nothing may touch.
	protected protectedUsers
	// region is that of the provider block, for the commands that messages give.
	region string
	// logouts has the IDs of the users for whom this run created a logout on destroy.
	logouts sync.Map
	// locks are the users whom this run locks.
	locks userlock.Run
	// lockedAtUnknown is true once a plan of this run has a lock with an unknown locked_at.
	lockedAtUnknown atomic.Bool
}

// ready tells whether there is a client, and says why there is none to those who
// need it in a plan too.
func (d *providerData) ready(diags *diag.Diagnostics) bool {
	if d == nil || d.client == nil {
		names := "its arguments"
		if d != nil {
			names = strings.Join(d.unknown, ", ")
		}
		diags.AddError("The provider cannot be used yet",
			fmt.Sprintf("This is read during the plan, but the provider block takes %s from something that is known only after an apply. "+
				"Apply that first, for instance with -target, or give the provider a value that is known.", names))
		return false
	}
	return true
}

// Every resource, data source, ephemeral resource and action embeds the one of its kind,
// which keeps what the provider's Configure hands over: nothing
// before that.
type (
	configuredResource          struct{ data *providerData }
	configuredDataSource        struct{ data *providerData }
	configuredEphemeralResource struct{ data *providerData }
	configuredAction            struct{ data *providerData }
)

// What every resource and every action implements.
type (
	plannedResource interface {
		resource.ResourceWithConfigure
		resource.ResourceWithValidateConfig
		resource.ResourceWithModifyPlan
		resource.ResourceWithImportState
	}
	plannedAction interface {
		action.ActionWithConfigure
		action.ActionWithValidateConfig
		action.ActionWithModifyPlan
	}
)

func (c *configuredResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	c.data, _ = req.ProviderData.(*providerData)
}

func (c *configuredDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	c.data, _ = req.ProviderData.(*providerData)
}

func (c *configuredEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	c.data, _ = req.ProviderData.(*providerData)
}

func (c *configuredAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	c.data, _ = req.ProviderData.(*providerData)
}

func (p *identityCenterProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}

	data := &providerData{unknown: unknownArguments(req.Config, &resp.Diagnostics)}
	resp.DataSourceData, resp.ResourceData, resp.EphemeralResourceData, resp.ActionData = data, data, data, data
	resp.ListResourceData = data
	if len(data.unknown) > 0 {
		return
	}

	var env credentials.Environment = os.Getenv
	data.protected = model.protectedUsers(ctx, env(envProtectedUserIDs), &resp.Diagnostics)
	settings, err := credentials.Load(ctx, model.credentials(ctx, &resp.Diagnostics), env)
	model.addArgumentErrors(&resp.Diagnostics, err)
	config := model.transport(ctx, env, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	config.Endpoints.Region, config.Endpoints.Cloud = settings.Region, settings.Cloud
	data.region = settings.Region
	config.UserAgent = fmt.Sprintf("terraform-provider-identitycenter/%s Terraform/%s", p.version, req.TerraformVersion)

	calls := transport.New(config)
	keys, err := settings.Source(ctx, calls)
	if err != nil {
		model.addArgumentErrors(&resp.Diagnostics, err)
		return
	}
	decode := model.DecodeAuthorizationMessages.IsNull() || model.DecodeAuthorizationMessages.ValueBool()
	data.client = identitycenter.New(calls, keys, decode)
	data.cutoffs = cutoff.New(data.client, cutoffTiming)
}

// protectedUsers returns the protected users of the provider block and of the environment
// variable, whose value is a list separated by commas.
func (m providerModel) protectedUsers(ctx context.Context, variable string, diags *diag.Diagnostics) protectedUsers {
	var protected protectedUsers
	diags.Append(m.ProtectedUserIDs.ElementsAs(ctx, &protected.userIDs, false)...)
	diags.Append(m.ProtectedGroupIDs.ElementsAs(ctx, &protected.groupIDs, false)...)
	for id := range strings.SplitSeq(variable, ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		if !validID(id) {
			diags.AddAttributeError(path.Root("protected_user_ids"), "Invalid ID in an environment variable", fmt.Sprintf("%q in %s %s.", id, envProtectedUserIDs, idForm))
		}
		protected.userIDs = append(protected.userIDs, id)
	}
	return protected
}

// unknownArguments lists the arguments that depend on what is not applied yet.
func unknownArguments(config tfsdk.Config, diags *diag.Diagnostics) []string {
	var names []string
	for name, value := range readWire(config.Raw, diags) {
		if !value.IsFullyKnown() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// credentials returns the arguments that say where keys come from.
func (m providerModel) credentials(ctx context.Context, diags *diag.Diagnostics) credentials.Config {
	config := credentials.Config{
		Region: m.Region.ValueString(), Cloud: m.Cloud.ValueString(),
		AccessKey: m.AccessKey.ValueString(), SecretKey: transport.NewSecret(m.SecretKey.ValueString()), SecurityToken: transport.NewSecret(m.SecurityToken.ValueString()),
		SharedConfigFile: m.SharedConfigFile.ValueString(), Profile: m.Profile.ValueString(),
	}
	var roles []assumeRoleModel
	diags.Append(m.AssumeRole.ElementsAs(ctx, &roles, false)...)
	for _, role := range roles {
		config.AssumeRoles = append(config.AssumeRoles, credentials.AssumeRole{
			AgencyName: role.AgencyName.ValueString(), DomainName: role.DomainName.ValueString(),
			DomainID: role.DomainID.ValueString(), Duration: seconds(role.Duration),
		})
	}
	var federated []assumeRoleWithOIDCModel
	diags.Append(m.AssumeRoleWithOIDC.ElementsAs(ctx, &federated, false)...)
	for _, role := range federated {
		config.OIDC = &credentials.AssumeRoleWithOIDC{
			AgencyName: role.AgencyName.ValueString(), DomainID: role.DomainID.ValueString(), IdpID: role.IdpID.ValueString(),
			IDToken: transport.NewSecret(role.IDToken.ValueString()), IDTokenFile: role.IDTokenFile.ValueString(), Duration: seconds(role.Duration),
		}
	}
	return config
}

func seconds(n types.Int64) time.Duration { return time.Duration(n.ValueInt64()) * time.Second }

// addArgumentErrors adds what is wrong with single arguments, each as an error of
// that attribute.
func (m providerModel) addArgumentErrors(diags *diag.Diagnostics, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			m.addArgumentErrors(diags, one)
		}
		return
	}
	var argument *credentials.ArgumentError
	switch {
	case err == nil:
	case errors.As(err, &argument):
		diags.AddAttributeError(m.path(argument), argument.Summary, argument.Detail)
	default:
		diags.AddError("No credentials", explain(err))
	}
}

// path returns where an argument is in the configuration: for one of a block that
// is not there, and stands in the environment instead, the name of the block.
func (m providerModel) path(e *credentials.ArgumentError) path.Path {
	blocks := map[string]int{"assume_role": len(m.AssumeRole.Elements()), "assume_role_with_oidc": len(m.AssumeRoleWithOIDC.Elements())}
	switch {
	case e.Block == "":
		return path.Root(e.Argument)
	case e.Index < blocks[e.Block]:
		return path.Root(e.Block).AtListIndex(e.Index).AtName(e.Argument)
	default:
		return path.Root(e.Block)
	}
}

func (p *identityCenterProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &userSessionRevocationResource{} },
		func() resource.Resource { return &bulkRevocationResource{} },
		func() resource.Resource { return &sessionCutoffResource{} },
		func() resource.Resource { return &userLockResource{} },
		func() resource.Resource { return &userLogoutOnDestroyResource{} },
	}
}

// Records are the types of the resources that record what creating them did: their Read
// and Delete do nothing, and their ModifyPlan says nothing of a plan without a change, nor
// of a creation in which no list is empty and no write-only argument is given. They have no
// defaults. internal/server answers for them where that is so.
func Records() []string {
	return []string{"identitycenter_user_session_revocation", "identitycenter_bulk_user_session_revocation"}
}

func (p *identityCenterProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &instanceDataSource{} },
		func() datasource.DataSource { return &userDataSource{} },
		func() datasource.DataSource { return &userAccessDataSource{} },
		func() datasource.DataSource { return &usersDataSource{} },
		func() datasource.DataSource { return &userSessionsDataSource{} },
		func() datasource.DataSource { return &groupDataSource{} },
	}
}

func (p *identityCenterProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &userSessionsEphemeralResource{} }}
}

func (p *identityCenterProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return sessionCutoffPolicyFunction{} }}
}

// ListResources returns the list resources.
func (p *identityCenterProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return &sessionCutoffListResource{} }}
}

func (p *identityCenterProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return &userSessionRevocationAction{} }, func() action.Action { return &bulkRevocationAction{} }}
}
