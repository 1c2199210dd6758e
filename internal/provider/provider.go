// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is what Terraform sees: schemas, models, diagnostics.
package provider

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/credentials"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/cutoff"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/identitycenter"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/lock"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

var (
	_ provider.Provider                       = (*identityCenterProvider)(nil)
	_ provider.ProviderWithActions            = (*identityCenterProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*identityCenterProvider)(nil)
	_ provider.ProviderWithFunctions          = (*identityCenterProvider)(nil)
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
	Region                      types.String         `tfsdk:"region"`
	AccessKey                   types.String         `tfsdk:"access_key"`
	SecretKey                   types.String         `tfsdk:"secret_key"`
	SecurityToken               types.String         `tfsdk:"security_token"`
	SharedConfigFile            types.String         `tfsdk:"shared_config_file"`
	Profile                     types.String         `tfsdk:"profile"`
	Cloud                       types.String         `tfsdk:"cloud"`
	Endpoints                   types.Map            `tfsdk:"endpoints"`
	Insecure                    types.Bool           `tfsdk:"insecure"`
	CAFile                      types.String         `tfsdk:"ca_file"`
	MaxRetries                  types.Int64          `tfsdk:"max_retries"`
	MaxConcurrentRequests       types.Int64          `tfsdk:"max_concurrent_requests"`
	RequestTimeout              timetypes.GoDuration `tfsdk:"request_timeout"`
	DecodeAuthorizationMessages types.Bool           `tfsdk:"decode_authorization_messages"`
	AssumeRole                  types.List           `tfsdk:"assume_role"`
	AssumeRoleWithOIDC          types.List           `tfsdk:"assume_role_with_oidc"`
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
		MarkdownDescription: "Ends login sessions of Huawei Cloud IAM Identity Center users, and finds the users and sessions to end.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The region of the Identity Center instance, such as `ap-southeast-3`. An identity store is found in the region of its instance only. " +
					"Also `HW_REGION_NAME`, or the `region` of the profile. Required in one of these ways.",
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"access_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The access key ID (AK). Also `HW_ACCESS_KEY`, then `HUAWEICLOUD_SDK_AK`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"secret_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The secret access key (SK) that belongs to `access_key`. Also `HW_SECRET_KEY`, then `HUAWEICLOUD_SDK_SK`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"security_token": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "The security token of a temporary access key. Also `HW_SECURITY_TOKEN`, then `HUAWEICLOUD_SDK_SECURITY_TOKEN`.",
			},
			"shared_config_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The configuration file of the vendor's CLI (hcloud). Default `~/.hcloud/config.json`. Also `HW_SHARED_CONFIG_FILE`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"profile": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The profile in the shared configuration file. Default is the file's current one. Also `HW_PROFILE`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"cloud": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "The domain of the cloud. Default `myhuaweicloud.com`, and `myhuaweicloud.eu` for the regions that begin with `eu-west-1`. Also `HW_CLOUD`.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"endpoints": schema.MapAttribute{
				Optional:    true,
				ElementType: types.StringType,
				MarkdownDescription: "Base URLs (http or https) that replace those of single services. Keys: `identitystore`, `identitycenter`, `sts`, `iam`. " +
					"A service that is not named keeps the URL that `region` and `cloud` imply.",
				Validators: []validator.Map{
					mapvalidator.KeysAre(stringvalidator.OneOf(serviceNames()...)),
					mapvalidator.ValueStringsAre(httpURL{}),
				},
			},
			"insecure": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to skip the check of the servers' certificates. Default `false`. Never do so outside a laboratory: who sits in between reads the answers and may change them. Also `HW_INSECURE`.",
			},
			"ca_file": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "A file of PEM certificates to trust in addition to the system's, as a proxy that inspects TLS needs it.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("How often a call is repeated that was throttled (429), met a fault of the server (5xx) or a conflict (409 with IIC.1006), or whose connection broke or attempt timed out. "+
					"Default `%d`; `0` never repeats. Also `HW_MAX_RETRIES`.", transport.DefaultMaxRetries),
				Validators: []validator.Int64{int64validator.Between(0, 100)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: fmt.Sprintf("How many calls may be under way at the same time, over everything this provider block configures. Default `%d`.", transport.DefaultMaxConcurrentRequests),
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.GoDurationType{},
				MarkdownDescription: fmt.Sprintf("How long one attempt of a call may take, as a Go duration such as `10s` or `1m30s`. Default `%s`. Also `HW_REQUEST_TIMEOUT`. "+
					"The `timeouts` of a resource bound all attempts together.", transport.DefaultRequestTimeout),
				Validators: []validator.String{positiveDuration{}},
			},
			"decode_authorization_messages": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether the encoded authorization message of a 403 is decoded and shown, which needs `sts::decodeAuthorizationMessage`. " +
					"Default `true`. When it cannot be decoded, the error shows the encoded message and the command that decodes it.",
			},
		},
		Blocks: map[string]schema.Block{
			"assume_role": schema.ListNestedBlock{
				MarkdownDescription: "An agency to assume before any other call. Several blocks form a chain: each is assumed with the keys of the one before. " +
					"Without a block, `HW_ASSUME_ROLE_AGENCY_NAME` and the other variables below do the same.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The name of the agency. Required here or as `HW_ASSUME_ROLE_AGENCY_NAME`.",
					},
					"domain_name": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The name of the account that the agency belongs to. One of `domain_name` and `domain_id` is required. Also `HW_ASSUME_ROLE_DOMAIN_NAME`.",
					},
					"domain_id": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The ID of the account that the agency belongs to; goes before `domain_name`. Also `HW_ASSUME_ROLE_DOMAIN_ID`.",
					},
					"duration": schema.Int64Attribute{
						Optional:            true,
						MarkdownDescription: "How long the temporary keys are valid, in seconds: 900 to 43200 with `domain_id`, 900 to 86400 with `domain_name`; they are renewed in time. Default is the service's. Also `HW_ASSUME_ROLE_DURATION`.",
						Validators:          []validator.Int64{int64validator.Between(900, 86400)},
					},
				}},
			},
			"assume_role_with_oidc": schema.ListNestedBlock{
				MarkdownDescription: "Keys for the ID token of an OpenID Connect provider, so that a pipeline needs no long-lived one, and an agency to assume with them. At most one block. " +
					"Without it, `HW_ASSUME_ROLE_IDP_ID` and the other variables below do the same.",
				Validators: []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The name of the agency. Without one, the keys that the ID token was traded for are used. Also `HW_ASSUME_ROLE_AGENCY_NAME`.",
					},
					"domain_id": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The ID of the account that the agency belongs to; required with `agency_name`. Also `HW_ASSUME_ROLE_DOMAIN_ID`.",
					},
					"duration": schema.Int64Attribute{
						Optional:            true,
						MarkdownDescription: "How long the temporary keys of the agency are valid, in seconds: 900 to 43200; they are renewed in time. Default is the service's. Also `HW_ASSUME_ROLE_DURATION`.",
						Validators:          []validator.Int64{int64validator.Between(900, 86400)},
					},
					"idp_id": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "The ID of the identity provider in IAM. Required here or as `HW_ASSUME_ROLE_IDP_ID`.",
					},
					"id_token": schema.StringAttribute{
						Optional:            true,
						Sensitive:           true,
						MarkdownDescription: "The ID token. One of `id_token` and `id_token_file` is required. Also `HW_ASSUME_ROLE_ID_TOKEN`.",
						Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRelative().AtParent().AtName("id_token_file"))},
					},
					"id_token_file": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "A file with the ID token; it is read anew whenever keys are fetched. Also `HW_ASSUME_ROLE_ID_TOKEN_FILE`.",
					},
				}},
			},
		},
	}
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
	// region is that of the provider block, for the commands that messages give.
	region string
	// created is what this run created, see destroyMark.
	created createdObjects
	// locks are the users whom this run locks.
	locks lock.Run
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

// dataOf returns what Configure handed over; nil before the provider is configured.
func dataOf(handed any, diags *diag.Diagnostics) *providerData {
	if handed == nil {
		return nil
	}
	data, ok := handed.(*providerData)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Expected *providerData, got %T. This is a bug of the provider.", handed))
	}
	return data
}

func (p *identityCenterProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}

	data := &providerData{unknown: unknownArguments(req.Config, &resp.Diagnostics)}
	resp.DataSourceData, resp.ResourceData, resp.EphemeralResourceData, resp.ActionData = data, data, data, data
	if len(data.unknown) > 0 {
		return
	}

	settings, err := credentials.Load(model.credentials(ctx, &resp.Diagnostics), os.Getenv)
	addArgumentErrors(&resp.Diagnostics, err)
	config := model.transport(ctx, os.Getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	config.Endpoints.Region = settings.Region
	data.region = settings.Region
	config.UserAgent = fmt.Sprintf("terraform-provider-identitycenter/%s Terraform/%s", p.version, req.TerraformVersion)

	calls := transport.New(config)
	keys, err := settings.Source(ctx, calls)
	if err != nil {
		addArgumentErrors(&resp.Diagnostics, err)
		return
	}
	decode := model.DecodeAuthorizationMessages.IsNull() || model.DecodeAuthorizationMessages.ValueBool()
	data.client = identitycenter.New(calls, keys, decode)
	data.cutoffs = cutoff.New(data.client)
}

// unknownArguments lists the arguments that depend on what is not applied yet.
func unknownArguments(config tfsdk.Config, diags *diag.Diagnostics) []string {
	var values map[string]tftypes.Value
	if err := config.Raw.As(&values); err != nil {
		diags.AddError("Unreadable provider block", err.Error())
	}
	var names []string
	for name, value := range values {
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
		Region:    m.Region.ValueString(),
		AccessKey: m.AccessKey.ValueString(), SecretKey: transport.Secret(m.SecretKey.ValueString()), SecurityToken: transport.Secret(m.SecurityToken.ValueString()),
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
			IDToken: transport.Secret(role.IDToken.ValueString()), IDTokenFile: role.IDTokenFile.ValueString(), Duration: seconds(role.Duration),
		}
	}
	return config
}

// transport returns the arguments that say how calls are sent, but for the region.
func (m providerModel) transport(ctx context.Context, getenv func(string) string, diags *diag.Diagnostics) transport.Config {
	config := transport.Config{
		Endpoints: transport.Endpoints{
			Cloud:     cmp.Or(m.Cloud.ValueString(), getenv("HW_CLOUD")),
			Overrides: map[transport.Service]string{},
		},
		Insecure: fromEnvironment(m.Insecure.IsNull(), m.Insecure.ValueBool(), false,
			"insecure", "HW_INSECURE", "true or false", strconv.ParseBool, getenv, diags),
		RequestTimeout: fromEnvironment(m.RequestTimeout.IsNull(), duration(m.RequestTimeout), transport.DefaultRequestTimeout,
			"request_timeout", "HW_REQUEST_TIMEOUT", "a positive duration such as 10s", parsePositiveDuration, getenv, diags),
		MaxRetries: fromEnvironment(m.MaxRetries.IsNull(), int(m.MaxRetries.ValueInt64()), transport.DefaultMaxRetries,
			"max_retries", "HW_MAX_RETRIES", "a number from 0 to 100", parseRetries, getenv, diags),
		MaxConcurrentRequests: transport.DefaultMaxConcurrentRequests,
	}
	if !m.MaxConcurrentRequests.IsNull() {
		config.MaxConcurrentRequests = int(m.MaxConcurrentRequests.ValueInt64())
	}
	overrides := map[string]string{}
	diags.Append(m.Endpoints.ElementsAs(ctx, &overrides, false)...)
	for service, url := range overrides {
		config.Endpoints.Overrides[transport.Service(service)] = url
	}

	if file := m.CAFile.ValueString(); file != "" {
		config.RootCAs = trusted(file, diags)
	}
	if config.Insecure {
		diags.AddAttributeWarning(path.Root("insecure"), "Certificates are not checked",
			"With insecure = true anybody on the way to the API can read its answers, and can answer in its place: "+
				"a revocation that is reported as done may not have reached the cloud. To trust a certificate authority of your own, use ca_file.")
	}
	return config
}

// fromEnvironment returns what is configured, else what the variable says, else
// the default.
func fromEnvironment[T any](unset bool, configured, otherwise T, argument, variable, want string,
	parse func(string) (T, error), getenv func(string) string, diags *diag.Diagnostics,
) T {
	if !unset {
		return configured
	}
	text := getenv(variable)
	if text == "" {
		return otherwise
	}
	value, err := parse(text)
	if err != nil {
		diags.AddAttributeError(path.Root(argument), "Invalid environment variable",
			fmt.Sprintf("%s, which stands for %s, must be %s; it is %q.", variable, argument, want, text))
	}
	return value
}

func parseRetries(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && (n < 0 || n > 100) {
		err = strconv.ErrRange
	}
	return n, err
}

// trusted returns the system's certificate authorities and those of a PEM file.
func trusted(file string, diags *diag.Diagnostics) *x509.CertPool {
	pem, err := os.ReadFile(file) //nolint:gosec // The user names the file.
	if err != nil {
		diags.AddAttributeError(path.Root("ca_file"), "Unreadable certificate file", err.Error())
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		diags.AddAttributeError(path.Root("ca_file"), "No certificate found",
			fmt.Sprintf("%s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).", file))
	}
	return pool
}

func seconds(n types.Int64) time.Duration { return time.Duration(n.ValueInt64()) * time.Second }

// duration returns a duration that was validated before, and 0 for none.
func duration(d timetypes.GoDuration) time.Duration {
	value, _ := d.ValueGoDuration()
	return value
}

// addArgumentErrors adds what is wrong with single arguments, each as an error of
// that attribute.
func addArgumentErrors(diags *diag.Diagnostics, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			addArgumentErrors(diags, one)
		}
		return
	}
	var argument *credentials.ArgumentError
	switch {
	case err == nil:
	case errors.As(err, &argument):
		// The block that an argument is in, as the index may not exist in the configuration.
		root, _, _ := strings.Cut(argument.Argument, "[")
		root, _, _ = strings.Cut(root, ".")
		diags.AddAttributeError(path.Root(root), argument.Summary, argument.Detail)
	default:
		diags.AddError("No credentials", explain(err))
	}
}

func (p *identityCenterProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newUserSessionRevocationResource,
		newSessionCutoffResource,
		newUserLockResource,
		newUserLogoutOnDestroyResource,
	}
}

func (p *identityCenterProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newInstanceDataSource,
		newUserDataSource,
		newUserAccessDataSource,
		newUsersDataSource,
		newUserSessionsDataSource,
		newGroupDataSource,
	}
}

func (p *identityCenterProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newUserSessionsEphemeralResource}
}

func (p *identityCenterProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newSessionCutoffPolicyFunction}
}

func (p *identityCenterProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newUserSessionRevocationAction}
}
