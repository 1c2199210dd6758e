// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

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
	AuthEncrypt any `json:"authEncrypt"`
	// Profiles are decoded separately, so that an unexpected type in another profile does not
	// matter.
	Profiles []json.RawMessage `json:"profiles"`
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
}

// The modes of a profile.
const (
	modeKeys   = "AKSK"
	modeSSO    = "SSO"
	modeServer = "ecsAgency"
)

type sharedKeys struct {
	AccessKeyID     string           `json:"accessKeyId"`
	SecretAccessKey transport.Secret `json:"secretAccessKey"`
	SecurityToken   transport.Secret `json:"securityToken"`
}

// parseSharedConfig parses a shared config file. The error has the line, and quotes nothing.
func parseSharedConfig(content []byte) (config sharedConfig, err error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	line := func(offset int64) int {
		return 1 + bytes.Count(content[:min(offset, int64(len(content)))], []byte("\n"))
	}
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(content, &config); {
	case errors.As(err, &syntax):
		return sharedConfig{}, fmt.Errorf("line %d is not valid JSON", line(syntax.Offset))
	case err != nil:
		return sharedConfig{}, errors.New("it does not have the form of KooCLI's file")
	}
	if offset := duplicateKey(json.NewDecoder(bytes.NewReader(content))); offset >= 0 {
		return sharedConfig{}, fmt.Errorf("the key in line %d is there twice", line(offset))
	}
	return config, nil
}

// duplicateKey returns the offset of a key that occurs twice in an object of valid JSON; -1 if
// there is none. encoding/json would merge both values and ignores case, so case is ignored here
// too.
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
// if there is none. The default file, which need not exist, is read if a profile is set or
// wanted is true.
func findProfile(config Config, env Environment, wanted bool) (*profile, error) {
	file := cmp.Or(config.SharedConfigFile, env.Get(envSharedConfigFile))
	name := cmp.Or(config.Profile, env.Get(envProfile))
	set := file != "" || name != ""
	if !set && (!wanted || env.home() == "") {
		return nil, nil
	}
	// Errors are about the file, unless only the profile is set.
	argument := "shared_config_file"
	if file == "" && name != "" {
		argument = "profile"
	}
	if fault := PathFault(file); fault != "" {
		return nil, invalid(argument, "Invalid shared_config_file", "The value of shared_config_file (or %s) %s, such as %s.",
			envSharedConfigFile, fault, defaultSharedConfigFile)
	}
	file = env.Path(cmp.Or(file, defaultSharedConfigFile))
	content, err := ReadFile(file, maxSharedConfig)
	if !set && slices.ContainsFunc([]error{fs.ErrNotExist, syscall.ENOTDIR}, func(missing error) bool { return errors.Is(err, missing) }) {
		return nil, nil
	}
	if err != nil {
		return nil, invalid(argument, "Unreadable shared config file", "The file %s of KooCLI cannot be read: %s.", file, err)
	}
	shared, err := parseSharedConfig(content)
	if err != nil {
		return nil, invalid(argument, "Invalid shared config file", "The file %s is not one of KooCLI: %s.", file, err)
	}
	if !set && shared.Current == "" {
		return nil, nil
	}
	p := &profile{argument: argument, file: file, encrypted: strings.EqualFold(fmt.Sprint(shared.AuthEncrypt), "true")}
	if err := p.find(shared, cmp.Or(name, shared.Current)); err != nil {
		return nil, err
	}
	return p, nil
}

// find sets the profile to the one with a name. The error lists the names.
func (p *profile) find(shared sharedConfig, wanted string) error {
	var names []string
	found := 0
	var kind *json.UnmarshalTypeError
	for _, content := range shared.Profiles {
		var candidate sharedProfile
		err := json.Unmarshal(content, &candidate) // Sets the fields that have the expected type.
		if candidate.Name == "" {
			continue // An empty name cannot be selected.
		}
		names = append(names, strconv.Quote(shown(candidate.Name)))
		if candidate.Name == wanted {
			found++
			p.sharedProfile = candidate
			errors.As(err, &kind)
		}
	}
	list := transport.Printable(strings.Join(names, ", "), transport.LongestText)
	switch {
	case found > 1:
		return invalid("profile", "Ambiguous profile", "The file %s has %d profiles with the name %q. Delete or rename all but one.",
			p.file, found, shown(p.Name))
	case kind != nil:
		return invalid(p.argument, "Invalid profile", "In %s, %s does not have the expected type.", p.origin(), cmp.Or(kind.Field, "the profile itself"))
	case found == 1:
		return nil
	case wanted == "":
		return invalid("profile", "Missing profile", "The file %s names no current profile. "+
			"Set profile in the provider block or the environment variable %s. The profiles are: %s.", p.file, envProfile, list)
	}
	return invalid("profile", "Unknown profile", "The file %s has no profile %q. The profiles are: %s.",
		p.file, shown(wanted), cmp.Or(list, "none"))
}

// origin describes the profile as a source of keys.
func (p *profile) origin() string {
	return fmt.Sprintf("profile %q in %s", shown(p.Name), p.file)
}

// keys returns the keys for the mode of the profile; none for a profile without keys, such
// as that of a cloud server's agency.
func (p *profile) keys() (keys transport.Keys, err error) {
	found, prefix := sharedKeys{p.AccessKeyID, p.SecretAccessKey, p.SecurityToken}, ""
	switch p.Mode {
	case modeServer:
		return keys, nil
	case modeSSO:
		found, prefix = p.SSOAuth.STSToken, "ssoAuth.stsToken."
		if found.AccessKeyID == "" || found.SecretAccessKey.Empty() {
			return keys, invalid(p.argument, "Profile is not logged in",
				"The %s has the mode SSO and no login. Log in with `hcloud configure sso --cli-profile=%s`.", p.origin(), shown(p.Name))
		}
	case "", modeKeys:
		if found == (sharedKeys{}) {
			return keys, nil
		}
	default:
		return keys, invalid(p.argument, "Unsupported mode of a profile", "The %s has the mode %q. Supported modes are %s, %s and %s. "+
			"To assume an agency, choose a profile with keys and add an assume_role block.",
			p.origin(), shown(p.Mode), modeKeys, modeSSO, modeServer)
	}

	switch {
	case p.encrypted, len(found.AccessKeyID) > longestAccessKey, !plainAccessKey.MatchString(found.AccessKeyID):
		return keys, invalid(p.argument, "Encrypted shared config file", "The keys of %s are encrypted, and only KooCLI can decrypt them. "+
			"Store them without encryption with `%s`, and protect the file. "+
			"If this message stays, set the keys of the profile again with `hcloud configure set`.", p.origin(), decryptCommand)
	case found.AccessKeyID == "":
		return keys, p.errMissing("accessKeyId")
	case found.SecretAccessKey.Empty():
		return keys, p.errMissing("secretAccessKey")
	}
	keys = transport.Keys{AccessKey: found.AccessKeyID, SecretKey: found.SecretAccessKey, SecurityToken: found.SecurityToken, Origin: p.origin()}
	names := keyNames{prefix + "accessKeyId", prefix + "secretAccessKey", prefix + "securityToken"}
	var unfit *ArgumentError
	if errors.As(names.check(keys), &unfit) {
		return transport.Keys{}, invalid(p.argument, "Invalid profile", "In %s: %s", p.origin(), unfit.Detail)
	}
	return keys, nil
}

func (p *profile) errMissing(name string) *ArgumentError {
	return invalid(p.argument, "Incomplete profile", "The %s has no %s. Set it with `hcloud configure set --cli-profile=%s`.", p.origin(), name, shown(p.Name))
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

// plainAccessKey matches the characters of an access key that is not encrypted, for files that do
// not say it. An access key has 20 letters and digits; an encrypted one is longer than
// longestAccessKey, or has characters of Base64. How KooCLI encrypts is not documented.
var plainAccessKey = regexp.MustCompile(`^[0-9A-Za-z_-]*$`)
