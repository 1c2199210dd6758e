// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package credentials

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/transport"
)

// maxSharedConfig bounds the bytes that are read of a shared config file.
const maxSharedConfig = 1 << 20

// decryptCommand makes the vendor's CLI store keys that others can read.
const decryptCommand = "hcloud configure set --cli-auth-encrypt=false"

// sharedConfig is the file of the vendor's CLI, as far as it concerns us.
type sharedConfig struct {
	Current string `json:"current"`
	// AuthEncrypt is "true" or "false", and missing in older files.
	AuthEncrypt any             `json:"authEncrypt"`
	Profiles    []sharedProfile `json:"profiles"`
}

type sharedProfile struct {
	Name string `json:"name"`
	// Mode is AKSK, SSO or ecsAgency.
	Mode             string `json:"mode"`
	AccessKeyID      string `json:"accessKeyId"`
	SecretAccessKey  string `json:"secretAccessKey"`
	SecurityToken    string `json:"securityToken"`
	Region           string `json:"region"`
	AgencyName       string `json:"agencyName"`
	AgencyDomainName string `json:"agencyDomainName"`
	AgencyDomainID   string `json:"agencyDomainId"`
	SSOAuth          struct {
		STSToken sharedKeys `json:"stsToken"`
	} `json:"ssoAuth"`
}

type sharedKeys struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SecurityToken   string `json:"securityToken"`
}

// parseSharedConfig reads the content of a shared config file. Its error says
// where the content is wrong without quoting it.
func parseSharedConfig(content []byte) (sharedConfig, error) {
	var config sharedConfig
	err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\ufeff")), &config)
	if err == nil {
		return config, nil
	}
	line := func(offset int64) int {
		return 1 + bytes.Count(content[:min(max(offset, 0), int64(len(content)))], []byte("\n"))
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		err = fmt.Errorf("line %d is not valid JSON", line(syntax.Offset))
	case errors.As(err, &kind) && kind.Field != "":
		err = fmt.Errorf("%s in line %d is not of the expected type", kind.Field, line(kind.Offset))
	default:
		err = errors.New("the content is not a JSON object")
	}
	return sharedConfig{}, err
}

// profile is a profile of a shared config file.
type profile struct {
	sharedProfile
	// argument is the one to blame for what is wrong with it.
	argument string
	file     string
	// encrypted tells that the CLI encrypts the keys in the file.
	encrypted bool
}

// findProfile reads the profile that is named, else the one that the file calls
// current. It returns nil when there is none. The default file is not even
// looked for when nothing names it and keys are settled already.
func findProfile(config Config, getenv func(string) string, keysSettled bool) (*profile, error) {
	file := cmp.Or(config.SharedConfigFile, getenv(envSharedConfigFile))
	name := cmp.Or(config.Profile, getenv(envProfile))
	named := file != "" || name != ""
	if !named && keysSettled {
		return nil, nil
	}

	// The argument to blame is the file's unless a profile of the default file is asked for.
	argument := "shared_config_file"
	if file == "" && name != "" {
		argument = "profile"
	}
	home := homeDirectory(getenv)
	if file == "" {
		file = "~/.hcloud/config.json"
	}
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		if home == "" && !named {
			return nil, nil // Without a home there is no default file.
		}
		file = filepath.Join(home, filepath.FromSlash(rest))
	}

	content, err := readBounded(file, maxSharedConfig)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil // The default file need not be there.
	}
	if err != nil {
		return nil, &ArgumentError{
			Argument: argument, Summary: "Unreadable shared config file",
			Detail: fmt.Sprintf("The file %s of the vendor's CLI cannot be read: %s.", file, reason(err)),
		}
	}
	shared, err := parseSharedConfig(content)
	if err != nil {
		return nil, &ArgumentError{
			Argument: argument, Summary: "Invalid shared config file",
			Detail: fmt.Sprintf("The file %s is not one of the vendor's CLI: %s.", file, err),
		}
	}

	if name == "" && shared.Current == "" && !named {
		return nil, nil // Nobody asked for a profile.
	}
	wanted := cmp.Or(name, shared.Current)
	var names []string
	for _, p := range shared.Profiles {
		if p.Name == wanted && wanted != "" {
			return &profile{sharedProfile: p, argument: argument, file: file, encrypted: shared.encrypts()}, nil
		}
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	found := "It has no profiles."
	if len(names) > 0 {
		found = "Its profiles are " + strings.Join(names, ", ") + "."
	}
	if wanted == "" {
		return nil, &ArgumentError{
			Argument: "profile", Summary: "Missing profile",
			Detail: fmt.Sprintf("The file %s names no current profile. %s Set profile in the provider block or the environment variable %s.", file, found, envProfile),
		}
	}
	return nil, &ArgumentError{
		Argument: "profile", Summary: "Unknown profile",
		Detail: fmt.Sprintf("The file %s has no profile %q. %s", file, wanted, found),
	}
}

// encrypts tells whether the file says that its keys are encrypted. Newer
// versions of the CLI say so in authEncrypt.
func (c sharedConfig) encrypts() bool {
	return strings.EqualFold(fmt.Sprint(c.AuthEncrypt), "true")
}

// origin says in words where the keys of the profile come from.
func (p *profile) origin() string { return fmt.Sprintf("profile %q in %s", p.Name, p.file) }

// keys returns the keys of the profile; none for a profile without, such as that
// of a cloud server's agency.
func (p *profile) keys() (transport.Keys, *ArgumentError) {
	found, where := sharedKeys{p.AccessKeyID, p.SecretAccessKey, p.SecurityToken}, ""
	sso := strings.EqualFold(p.Mode, "SSO")
	if sso {
		found, where = p.SSOAuth.STSToken, "ssoAuth.stsToken."
	}
	if found == (sharedKeys{}) && !sso {
		return transport.Keys{}, nil
	}

	switch {
	case p.encrypted, looksEncrypted(found.AccessKeyID):
		return transport.Keys{}, &ArgumentError{
			Argument: p.argument, Summary: "Encrypted shared config file",
			Detail: fmt.Sprintf("The keys of %s are encrypted, and only the vendor's CLI can decrypt them. "+
				"Let it store them readable with `%s`, and keep the file to yourself. "+
				"If this message stays, set the keys of the profile anew with `hcloud configure set`.", p.origin(), decryptCommand),
		}
	case found.AccessKeyID == "":
		return transport.Keys{}, p.errMissing(where+"accessKeyId", sso)
	case found.SecretAccessKey == "":
		return transport.Keys{}, p.errMissing(where+"secretAccessKey", sso)
	}
	return transport.Keys{
		AccessKey: found.AccessKeyID, SecretKey: transport.Secret(found.SecretAccessKey), SecurityToken: transport.Secret(found.SecurityToken), Origin: p.origin(),
	}, nil
}

func (p *profile) errMissing(name string, sso bool) *ArgumentError {
	command := "hcloud configure set"
	if sso {
		command = "hcloud configure sso"
	}
	return &ArgumentError{
		Argument: p.argument, Summary: "Incomplete profile",
		Detail: fmt.Sprintf("The %s has no %s. Set it with `%s --cli-profile=%s`.", p.origin(), name, command, p.Name),
	}
}

// role returns the agency that the profile switches to, nil for none. That of a
// profile in SSO mode is not the agency of an assume_role.
func (p *profile) role() (*AssumeRole, *ArgumentError) {
	switch {
	case p.AgencyName == "" || strings.EqualFold(p.Mode, "SSO"):
		return nil, nil
	case p.AgencyDomainName == "" && p.AgencyDomainID == "":
		return nil, p.errMissing("agencyDomainId or agencyDomainName for its agencyName", false)
	}
	return &AssumeRole{AgencyName: p.AgencyName, DomainName: p.AgencyDomainName, DomainID: p.AgencyDomainID}, nil
}

// looksEncrypted recognizes an encrypted access key where the file does not say
// that it is: one is 20 letters and digits, and what a cipher makes of those is
// longer, or has the padding and the signs of Base64. Only the CLI knows how it
// encrypts; nothing public says so.
func looksEncrypted(accessKey string) bool {
	plain := func(c rune) bool {
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_'
	}
	return len(accessKey) > 32 || strings.ContainsFunc(accessKey, func(c rune) bool { return !plain(c) })
}

// homeDirectory returns the user's home, "" when the environment does not say.
func homeDirectory(getenv func(string) string) string {
	if runtime.GOOS == "windows" {
		return getenv("USERPROFILE")
	}
	return getenv("HOME")
}

// readBounded returns the content of a file, unless it is longer than limit.
func readBounded(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name) //nolint:gosec // The user says which file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return content, err
}

// reason returns why a file cannot be read, without its name.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
