// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform layer: schemas, models and diagnostics.
package provider

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ provider.ProviderWithActions       = (*identityCenterProvider)(nil)
	_ provider.ProviderWithFunctions     = (*identityCenterProvider)(nil)
	_ provider.ProviderWithListResources = (*identityCenterProvider)(nil)
)

// New returns the constructor of the provider. The version is sent in the User-Agent header.
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
	resp.Schema = schema.Schema{
		MarkdownDescription: "Contains compromised users of Huawei Cloud IAM Identity Center: ends portal sessions, locks users and denies console sessions.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The region of the IAM Identity Center instance, such as `ap-southeast-3`. Environment variable: `HW_REGION_NAME`.",
				Validators:          []validator.String{regionID},
			},
			"access_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The access key ID (AK). Environment variables: `HW_ACCESS_KEY`, `HUAWEICLOUD_SDK_AK`.",
			},
			"secret_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The secret access key (SK). Environment variables: `HW_SECRET_KEY`, `HUAWEICLOUD_SDK_SK`.",
			},
			"security_token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The security token of temporary credentials. Environment variables: `HW_SECURITY_TOKEN`, `HUAWEICLOUD_SDK_SECURITY_TOKEN`.",
			},
			"shared_config_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The KooCLI configuration file, by default `~/.hcloud/config.json`. Environment variable: `HW_SHARED_CONFIG_FILE`.",
			},
			"profile": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The KooCLI profile, by default the current one. Environment variable: `HW_PROFILE`.",
			},
			"cloud": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The domain of Huawei Cloud, by default `myhuaweicloud.com` or, for regions that begin with `eu-west-1`, `myhuaweicloud.eu`. " +
					"Environment variable: `HW_CLOUD`.",
			},
			"endpoints": schema.MapAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Custom endpoints: a host or a URL without a path for `identitystore`, `identitycenter`, `sts` or `iam`.",
				Validators: []validator.Map{
					mapvalidator.KeysAre(stringvalidator.OneOf(
						string(transport.IdentityStore), string(transport.IdentityCenter), string(transport.STS), string(transport.IAM),
					)),
					mapvalidator.ValueStringsAre(endpointValidator),
				},
			},
			"insecure": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to skip the verification of server certificates, by default `false`; for tests only. Environment variable: `HW_INSECURE`.",
			},
			"ca_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Certificates to trust in addition to those of the system: the path of a PEM file, or PEM text.",
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("How often a failed request is repeated, from 0 to %d, by default %d; throttled requests (429) do not count. Environment variable: `HW_MAX_RETRIES`.",
					mostRetries, transport.DefaultMaxRetries),
				Validators: []validator.Int64{int64validator.Between(0, mostRetries)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("How many requests run at the same time, from 1 to %d. Default `%d`.", mostConcurrentRequests, transport.DefaultMaxConcurrentRequests),
				Validators:          []validator.Int64{int64validator.Between(1, mostConcurrentRequests)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("The timeout of one attempt of a request, by default `%s`. Environment variable: `HW_REQUEST_TIMEOUT`.", transport.DefaultRequestTimeout),
				Validators:          []validator.String{durationValidator},
			},
			"decode_authorization_messages": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to decode the authorization message of a 403 response, by default `true`. Needs the permission `sts::decodeAuthorizationMessage`.",
			},
			"protected_user_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the users that are never locked, suspended or logged out. `" + envProtectedUserIDs + "` adds more, separated by commas.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(userIDValidator)},
			},
			"protected_group_ids": schema.ListAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "The IDs of the groups whose members are protected in the same way.",
				Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(groupIDValidator)},
			},
		},
		Blocks: map[string]schema.Block{
			"assume_role":           assumeRoleBlock(),
			"assume_role_with_oidc": assumeRoleWithOIDCBlock(),
		},
	}
}

// Bounds of the duration of temporary credentials, in seconds.
const (
	shortestDuration   = int64(credentials.ShortestDuration / time.Second)
	longestDurationSTS = int64(credentials.LongestDurationSTS / time.Second)
	longestDurationIAM = int64(credentials.LongestDurationIAM / time.Second)
)

func assumeRoleBlock() schema.ListNestedBlock {
	return schema.ListNestedBlock{
		MarkdownDescription: "An agency to assume. Several blocks form a chain: each is assumed with the credentials of the one before.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"agency_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The name of the agency. Environment variable: `HW_ASSUME_ROLE_AGENCY_NAME`.",
			},
			"domain_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The name of the account that owns the agency. Environment variable: `HW_ASSUME_ROLE_DOMAIN_NAME`.",
			},
			"domain_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The ID of that account, which takes precedence over `domain_name`. Environment variable: `HW_ASSUME_ROLE_DOMAIN_ID`.",
			},
			"duration": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("The validity of the credentials in seconds, from %d to %d with `domain_id` and to %d with `domain_name`. Environment variable: `HW_ASSUME_ROLE_DURATION`.",
					shortestDuration, longestDurationSTS, longestDurationIAM),
				Validators: []validator.Int64{int64validator.Between(shortestDuration, longestDurationIAM)},
			},
		}},
	}
}

func assumeRoleWithOIDCBlock() schema.ListNestedBlock {
	return schema.ListNestedBlock{
		MarkdownDescription: "Exchanges an OpenID Connect ID token for temporary credentials. At most one block.",
		Validators:          []validator.List{listvalidator.SizeAtMost(1)},
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"agency_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The agency to assume with these credentials; none by default. Environment variable: `HW_ASSUME_ROLE_AGENCY_NAME`.",
			},
			"domain_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The ID of the account that owns the agency; required with `agency_name`. Environment variable: `HW_ASSUME_ROLE_DOMAIN_ID`.",
			},
			"duration": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("The validity of the credentials in seconds, from %d to %d with an agency and to %d without one. Environment variable: `HW_ASSUME_ROLE_DURATION`.",
					shortestDuration, longestDurationSTS, longestDurationIAM),
				Validators: []validator.Int64{int64validator.Between(shortestDuration, longestDurationIAM)},
			},
			"idp_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The ID of the identity provider in IAM. Environment variable: `HW_ASSUME_ROLE_IDP_ID`.",
			},
			"id_token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The ID token; `id_token` or `id_token_file` is required. Environment variable: `HW_ASSUME_ROLE_ID_TOKEN`.",
			},
			"id_token_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The path of a file with the ID token, read again for each renewal. Environment variable: `HW_ASSUME_ROLE_ID_TOKEN_FILE`.",
			},
		}},
	}
}

func (p *identityCenterProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}

	data := &providerData{unknown: model.unknownArguments(ctx)}
	resp.DataSourceData, resp.ResourceData, resp.ActionData, resp.ListResourceData = data, data, data, data
	if len(data.unknown) > 0 {
		return
	}

	var env credentials.Environment = os.Getenv
	data.protected = model.protectedUsers(ctx, env(envProtectedUserIDs), &resp.Diagnostics)
	settings, err := credentials.Load(model.credentials(ctx, &resp.Diagnostics), env)
	model.addArgumentErrors(&resp.Diagnostics, err)
	config := model.transport(env, &resp.Diagnostics)
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

func (p *identityCenterProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource {
			return &userSessionRevocationResource{configuredResource{name: "user_session_revocation"}}
		},
		func() resource.Resource {
			return &bulkUserSessionRevocationResource{configuredResource{name: "bulk_user_session_revocation"}}
		},
		func() resource.Resource {
			return &sessionCutoffResource{configuredResource{name: "permission_set_session_cutoff"}}
		},
		func() resource.Resource { return &userLockResource{configuredResource{name: "user_lock"}} },
		func() resource.Resource {
			return &userLogoutOnDestroyResource{configuredResource{name: "user_logout_on_destroy"}}
		},
		func() resource.Resource {
			return &userAccessSuspensionResource{configuredResource{name: "user_access_suspension"}}
		},
	}
}

// ListResources returns the list resources (Terraform 1.14).
func (p *identityCenterProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		func() list.ListResource {
			return &sessionCutoffListResource{configuredResource{name: "permission_set_session_cutoff"}}
		},
		func() list.ListResource { return &userLockListResource{configuredResource{name: "user_lock"}} },
	}
}

func (p *identityCenterProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &groupDataSource{configuredDataSource{name: "group"}} },
		func() datasource.DataSource {
			return &groupMembershipsDataSource{configuredDataSource{name: "group_memberships"}}
		},
		func() datasource.DataSource { return &instanceDataSource{configuredDataSource{name: "instance"}} },
		func() datasource.DataSource { return &userAccessDataSource{configuredDataSource{name: "user_access"}} },
		func() datasource.DataSource { return &userDataSource{configuredDataSource{name: "user"}} },
		func() datasource.DataSource {
			return &userSessionsDataSource{configuredDataSource{name: "user_sessions"}}
		},
		func() datasource.DataSource { return &usersDataSource{configuredDataSource{name: "users"}} },
	}
}

func (p *identityCenterProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return sessionCutoffPolicyFunction{} }}
}

func (p *identityCenterProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		func() action.Action {
			return &userSessionRevocationAction{configuredAction{name: "user_session_revocation"}}
		},
		func() action.Action {
			return &bulkUserSessionRevocationAction{configuredAction{name: "bulk_user_session_revocation"}}
		},
	}
}
