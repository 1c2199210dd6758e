// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxSharedConfig limits the bytes of a shared config file.
const maxSharedConfig = 1 << 20

// defaultSharedConfigFile is the file with the profiles of KooCLI.
const defaultSharedConfigFile = "~/.hcloud/config.json"

// decryptCommand makes KooCLI store keys without encryption.
const decryptCommand = "hcloud configure set --cli-auth-encrypt=false"

// sharedConfig is the file of KooCLI, as far as it is needed here.
type sharedConfig struct {
	Current string `json:"current"`
	// AuthEncrypt is "true" or "false": whether the keys in the file are encrypted. It is
	// missing in older files.
	AuthEncrypt any             `json:"authEncrypt"`
	Profiles    []sharedProfile `json:"profiles"`
}

type sharedProfile struct {
	Name string `json:"name"`
	// Mode is one of the modes below and decides which other fields are used: KooCLI leaves
	// those of other modes in the file. Older files have none.
	Mode             string           `json:"mode"`
	AccessKeyID      string           `json:"accessKeyId"`
	SecretAccessKey  transport.Secret `json:"secretAccessKey"`
	SecurityToken    transport.Secret `json:"securityToken"`
	Region           string           `json:"region"`
	AgencyName       string           `json:"agencyName"`
	AgencyDomainName string           `json:"agencyDomainName"`
	AgencyDomainID   string           `json:"agencyDomainId"`
	SSOAuth          struct {
		STSToken sharedKeys `json:"stsToken"`
	} `json:"ssoAuth"`

	// mistyped is the first field with an unexpected type; empty for none.
	mistyped string
}

// The modes of a profile.
const (
	modeKeys       = "AKSK"
	modeSSO        = "SSO"
	modeServer     = "ecsAgency"
	modeAssumeRole = "AssumeRole"
)

type sharedKeys struct {
	AccessKeyID     string           `json:"accessKeyId"`
	SecretAccessKey transport.Secret `json:"secretAccessKey"`
	SecurityToken   transport.Secret `json:"securityToken"`
}

// UnmarshalJSON reads the fields that have the expected type: an unexpected one in another
// profile is no reason to refuse the file.
func (p *sharedProfile) UnmarshalJSON(content []byte) error {
	type plain sharedProfile
	var kind *json.UnmarshalTypeError
	if errors.As(json.Unmarshal(content, (*plain)(p)), &kind) {
		p.mistyped = cmp.Or(kind.Field, "the profile itself")
	}
	return nil
}

// parseSharedConfig reads the content of a shared config file. The error has the line, and
// quotes nothing.
func parseSharedConfig(content []byte) (sharedConfig, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	line := func(offset int64) int {
		return 1 + bytes.Count(content[:min(max(offset, 0), int64(len(content)))], []byte("\n"))
	}
	var config sharedConfig
	err := json.Unmarshal(content, &config)
	if err == nil {
		if offset := duplicateKey(json.NewDecoder(bytes.NewReader(content))); offset >= 0 {
			return sharedConfig{}, fmt.Errorf("the key in line %d is there twice", line(offset))
		}
		return config, nil
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		err = fmt.Errorf("line %d is not valid JSON", line(syntax.Offset))
	case errors.As(err, &kind) && kind.Field != "":
		err = fmt.Errorf("%s in line %d does not have the expected type", kind.Field, line(kind.Offset))
	default:
		err = errors.New("the content is not a JSON object")
	}
	return sharedConfig{}, err
}

// duplicateKey returns the offset of a key that an object in valid JSON has twice, or -1.
// encoding/json would merge both values; like it, duplicateKey ignores case.
func duplicateKey(d *json.Decoder) (offset int64) {
	token, _ := d.Token()
	seen := map[string]bool{}
	for object := token == json.Delim('{'); (object || token == json.Delim('[')) && d.More(); {
		if object {
			key, _ := d.Token()
			name, _ := key.(string)
			name = strings.ToLower(strings.ToUpper(name)) // Also for letters with three forms, such as the long s.
			if seen[name] {
				return d.InputOffset()
			}
			seen[name] = true
		}
		if offset = duplicateKey(d); offset >= 0 {
			return offset
		}
	}
	if _, isDelim := token.(json.Delim); isDelim {
		_, _ = d.Token() // The end of the object or list.
	}
	return -1
}

// profile is a profile of a shared config file.
type profile struct {
	sharedProfile
	// argument is the argument that its errors are about.
	argument string
	file     string
	// encrypted is true if KooCLI encrypts the keys in the file.
	encrypted bool
}

// findProfile reads the profile that is set, or the current one of the file. It returns nil
// if there is none. The default file is read if a profile is set or wanted is true.
func findProfile(ctx context.Context, config Config, env Environment, wanted bool) (*profile, error) {
	file := cmp.Or(config.SharedConfigFile, env.Get(envSharedConfigFile))
	name := cmp.Or(config.Profile, env.Get(envProfile))
	named := file != "" || name != ""
	if !named && (!wanted || env.home() == "") {
		return nil, nil
	}
	// Errors are about the file, unless only the profile is set.
	argument := "shared_config_file"
	if file == "" && name != "" {
		argument = "profile"
	}
	if fault := PathFault(file); fault != "" {
		return nil, invalid(argument, "Invalid shared_config_file", "shared_config_file (or %s) must be the name of KooCLI's config.json, such as %s; the value %s.",
			envSharedConfigFile, defaultSharedConfigFile, fault)
	}
	file = env.Path(cmp.Or(file, defaultSharedConfigFile))

	// The default file is optional.
	shared, err := readSharedConfig(ctx, file, argument, !named)
	if err != nil || shared == nil || !named && shared.Current == "" {
		return nil, err
	}
	found, err := shared.profile(file, cmp.Or(name, shared.Current))
	if err != nil {
		return nil, err
	}
	p := &profile{sharedProfile: found, argument: argument, file: file, encrypted: strings.EqualFold(fmt.Sprint(shared.AuthEncrypt), "true")}
	if found.mistyped != "" {
		return nil, invalid(p.argument, "Invalid profile", "In %s, %s does not have the expected type.", p.origin(), found.mistyped)
	}
	return p, nil
}

// readSharedConfig reads a file; nil if an optional one does not exist. The error is an
// *ArgumentError of the argument.
func readSharedConfig(ctx context.Context, file, argument string, optional bool) (*sharedConfig, error) {
	content, err := ReadFile(ctx, file, maxSharedConfig)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, invalid(argument, "Unreadable shared config file", "The file %s of KooCLI cannot be read: %s.", file, err)
	}
	shared, err := parseSharedConfig(content)
	if err != nil {
		return nil, invalid(argument, "Invalid shared config file", "The file %s is not one of KooCLI: %s.", file, err)
	}
	return &shared, nil
}

// profile returns the profile with a name, trimmed, or an error that lists the profiles.
func (c sharedConfig) profile(file, wanted string) (sharedProfile, error) {
	var names []string
	var matches []sharedProfile
	for _, p := range c.Profiles {
		if p.Name == wanted && wanted != "" {
			matches = append(matches, p)
		}
		if p.Name == "" {
			continue // It cannot be chosen.
		}
		names = append(names, strconv.Quote(transport.Printable(p.Name, longestShown)))
	}
	switch {
	case len(matches) == 1:
		return matches[0].trimmed(), nil
	case len(matches) > 1:
		return sharedProfile{}, invalid("profile", "Ambiguous profile", "The file %s has %d profiles with the name %q. Delete or rename all but one.",
			file, len(matches), transport.Printable(wanted, longestShown))
	}
	found := "It has no profiles."
	if len(names) > 0 {
		found = "Its profiles are " + transport.Printable(strings.Join(names, ", "), transport.LongestText) + "."
	}
	if wanted == "" {
		return sharedProfile{}, invalid("profile", "Missing profile",
			"The file %s names no current profile. %s Set profile in the provider block or the environment variable %s.", file, found, envProfile)
	}
	return sharedProfile{}, invalid("profile", "Unknown profile", "The file %s has no profile %q. %s", file, transport.Printable(wanted, longestShown), found)
}

// trimmed returns the profile without the white space around its values.
func (p sharedProfile) trimmed() sharedProfile {
	sso := &p.SSOAuth.STSToken
	trim(&p.Mode, &p.AccessKeyID, &sso.AccessKeyID, &p.Region, &p.AgencyName, &p.AgencyDomainName, &p.AgencyDomainID)
	trimSecrets(&p.SecretAccessKey, &p.SecurityToken, &sso.SecretAccessKey, &sso.SecurityToken)
	return p
}

// origin describes the profile as a source of keys.
func (p *profile) origin() string {
	return fmt.Sprintf("profile %q in %s", p.shownName(), p.file)
}

// shownName returns the name of the profile, printable.
func (p *profile) shownName() string { return transport.Printable(p.Name, longestShown) }

// is reports whether the profile has a mode.
func (p *profile) is(mode string) bool { return strings.EqualFold(p.Mode, mode) }

// keys returns the keys for the mode of the profile; none for a profile without keys, such
// as that of a cloud server's agency. The notes list what is ignored.
func (p *profile) keys() (keys transport.Keys, notes []string, err error) {
	found, where := sharedKeys{p.AccessKeyID, p.SecretAccessKey, p.SecurityToken}, ""
	switch {
	case p.is(modeAssumeRole):
		return keys, nil, p.errSourceProfile()
	case p.is(modeServer):
		return keys, nil, nil
	case p.is(modeSSO):
		found, where = p.SSOAuth.STSToken, "ssoAuth.stsToken."
		if found.AccessKeyID == "" || found.SecretAccessKey.Empty() {
			return keys, nil, invalid(p.argument, "Profile is not logged in",
				"The %s has the mode SSO and no login. Log in with `hcloud configure sso --cli-profile=%s`.", p.origin(), p.shownName())
		}
	case p.Mode != "" && !p.is(modeKeys):
		return keys, nil, invalid(p.argument, "Unknown mode of a profile", "The %s has the mode %q. Supported modes are %s, %s and %s.",
			p.origin(), transport.Printable(p.Mode, longestShown), modeKeys, modeSSO, modeServer)
	case found == (sharedKeys{}):
		return keys, []string{fmt.Sprintf("The %s has no keys", p.origin())}, nil
	case p.is(modeKeys) && p.AgencyName != "":
		notes = append(notes, fmt.Sprintf("The agencyName of %s is ignored: its mode is %s", p.origin(), modeKeys))
	}

	switch {
	case p.encrypted, looksEncrypted(found.AccessKeyID):
		return keys, notes, invalid(p.argument, "Encrypted shared config file", "The keys of %s are encrypted, and only KooCLI can decrypt them. "+
			"Store them without encryption with `%s`, and protect the file. "+
			"If this message stays, set the keys of the profile again with `hcloud configure set`.", p.origin(), decryptCommand)
	case found.AccessKeyID == "":
		return keys, notes, p.errMissing("accessKeyId")
	case found.SecretAccessKey.Empty():
		return keys, notes, p.errMissing("secretAccessKey")
	}
	keys = transport.Keys{AccessKey: found.AccessKeyID, SecretKey: found.SecretAccessKey, SecurityToken: found.SecurityToken, Origin: p.origin()}
	names := keyNames{where + "accessKeyId", where + "secretAccessKey", where + "securityToken"}
	var unfit *ArgumentError
	if errors.As(names.check(keys), &unfit) {
		return transport.Keys{}, notes, invalid(p.argument, "Invalid profile", "In %s: %s", p.origin(), unfit.Detail)
	}
	return keys, notes, nil
}

// errSourceProfile is a profile that is assumed with the keys of another one, whose key in
// the file is not documented. It says what to write instead.
func (p *profile) errSourceProfile() *ArgumentError {
	account := fmt.Sprintf("domain_id = %q", p.AgencyDomainID)
	if p.AgencyDomainID == "" {
		account = fmt.Sprintf("domain_name = %q", cmp.Or(p.AgencyDomainName, "ACCOUNT"))
	}
	return invalid(p.argument, "Profile with a source profile", "The %s has the mode %s: its keys are those of another profile, which is not supported. "+
		"Set profile (or %s) to that source profile, and the agency in the provider block:\n\n  assume_role {\n    agency_name = %q\n    %s\n  }",
		p.origin(), modeAssumeRole, envProfile, transport.Printable(cmp.Or(p.AgencyName, "AGENCY"), longestName), transport.Printable(account, longestName))
}

func (p *profile) errMissing(name string) *ArgumentError {
	return invalid(p.argument, "Incomplete profile", "The %s has no %s. Set it with `hcloud configure set --cli-profile=%s`.", p.origin(), name, p.shownName())
}

// role returns the agency that the profile assumes; nil for none. Only a profile without a
// mode, of an older file, has one besides its keys.
func (p *profile) role() (*AssumeRole, error) {
	switch {
	case p.AgencyName == "" || p.Mode != "":
		return nil, nil
	case p.AgencyDomainName == "" && p.AgencyDomainID == "":
		return nil, p.errMissing("agencyDomainId or agencyDomainName for its agencyName")
	}
	if fault := cmp.Or(nameFault(p.AgencyName), nameFault(p.AgencyDomainName), tokenFault(p.AgencyDomainID)); fault != "" {
		return nil, invalid(p.argument, "Invalid profile", "The agency of %s, or its account, %s.", p.origin(), fault)
	}
	return &AssumeRole{AgencyName: p.AgencyName, DomainName: p.AgencyDomainName, DomainID: p.AgencyDomainID}, nil
}

// looksEncrypted reports whether an access key is encrypted although the file does not say
// so. An access key has 20 letters and digits; an encrypted one is longer, or has characters
// of Base64. How KooCLI encrypts is not documented.
func looksEncrypted(accessKey string) bool { return !plainAccessKey.MatchString(accessKey) }

var plainAccessKey = regexp.MustCompile(`^[0-9A-Za-z_-]{0,32}$`)
