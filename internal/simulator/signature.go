// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// dateFormat is the format of X-Sdk-Date.
	dateFormat = "20060102T150405Z"
	// dateWindow is the largest accepted difference of X-Sdk-Date.
	dateWindow = 15 * time.Minute
	// After lockAfter failures in a row, an access key is locked for lockFor.
	lockAfter = 5
	lockFor   = 5 * time.Minute
)

// Error codes of the gateway for a wrong signature.
const (
	codeUnauthorized = "APIGW.0301"
	codeClock        = "APIGW.0303"
)

// Key is an access key that the simulator accepts.
type Key struct {
	AccessKey string
	SecretKey string
	// SecurityToken is set for temporary keys, which must send it, signed.
	SecurityToken string
	// Expires is when a temporary key expires; zero is never.
	Expires time.Time
	// AccountID is the account of the key.
	AccountID string
	// PrincipalID and PrincipalURN are returned by GetCallerIdentity. AddKey generates them
	// if they are empty.
	PrincipalID  string
	PrincipalURN string
	// Member is true for a key of an account that is neither the organization's management
	// account nor a delegated administrator. It is refused with 403 IIC.1000 for every call
	// of identitystore, and of identitycenter on an instance (API reference).
	Member bool
	// Actions are the actions that an identity policy allows the key, such as
	// "IdentityCenter:user:list"; "*" matches any part. nil allows everything. Calls of
	// identitystore and identitycenter also require
	// organizations:delegatedAdministrators:list; without it they are refused with 403
	// IIC.1001.
	Actions []string
	// Deny refuses operations with a 403 and a code, such as IIC.1000, IIC.1001, IIC.1003 or
	// IIC.1004; "" is IIC.1000. The decision in the encoded message is then an explicit
	// denial.
	Deny map[string]string
}

// AddKey makes the simulator accept a key. It replaces the one with the same access key, and
// ends its lock.
func (s *Simulator) AddKey(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addKey(key)
}

func (s *Simulator) addKey(key Key) {
	if key.PrincipalID == "" {
		key.PrincipalID = hashHex("principal", key.AccessKey)[:32]
	}
	if key.PrincipalURN == "" {
		key.PrincipalURN = fmt.Sprintf("iam::%s:user:%s", key.AccountID, strings.ToLower(key.AccessKey))
	}
	key.Deny, key.Actions = maps.Clone(key.Deny), slices.Clone(key.Actions)
	s.secrets = append(s.secrets, key.SecretKey, key.SecurityToken)
	s.keys[key.AccessKey] = key
	delete(s.failures, key.AccessKey)
}

// RemoveKey makes the simulator refuse a key.
func (s *Simulator) RemoveKey(accessKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, accessKey)
}

// Secrets returns every secret key, security token, ID token and IAM token that the simulator has
// received or returned. Tests search for leaks of them.
func (s *Simulator) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.secrets), func(secret string) bool { return secret == "" })
}

// failures counts the rejected calls of an access key.
type failures struct {
	inARow      int
	lockedUntil time.Time
}

// unverified is why a signature is wrong.
type unverified struct {
	code    string
	message string
	// counts is true if the failure counts towards the lock of the access key.
	counts bool
}

// authorization matches the Authorization header.
var authorization = regexp.MustCompile(`^SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*), Signature=([0-9a-f]{64})$`)

// verify returns the key that signed a request. If the signature is wrong, the result has the
// access key only.
func (s *Simulator) verify(r *request) (Key, *unverified) {
	values := r.header.Values("Authorization")
	if len(values) != 1 {
		return Key{}, &unverified{code: codeUnauthorized, message: "Incorrect IAM authentication information: there must be one Authorization header"}
	}
	match := authorization.FindStringSubmatch(values[0])
	if match == nil {
		return Key{}, &unverified{code: codeUnauthorized, message: "Incorrect IAM authentication information: the Authorization header is malformed"}
	}
	named := Key{AccessKey: match[1]}
	signed, date := strings.Split(match[2], ";"), r.header.Get("X-Sdk-Date")
	if refused := checkDate(r, signed); refused != nil {
		return named, refused
	}
	key, found := s.keys[named.AccessKey]
	if !found {
		return named, wrong("the access key " + named.AccessKey + " does not exist")
	}
	canonical, err := canonicalRequest(r, signed)
	if err != nil {
		return named, wrong(err.Error())
	}
	if !hmac.Equal([]byte(match[3]), []byte(signature(key.SecretKey, date, canonical))) {
		return named, wrong("verify aksk signature fail")
	}
	if refused := key.checkToken(r, signed); refused != nil {
		return named, refused
	}
	return key, nil
}

// wrong is a failure that counts towards the lock of the access key.
func wrong(message string) *unverified {
	return &unverified{code: codeUnauthorized, message: "Incorrect IAM authentication information: " + message, counts: true}
}

// checkDate checks the list of signed headers and the date.
func checkDate(r *request, signed []string) *unverified {
	if !slices.IsSorted(signed) || len(slices.Compact(slices.Clone(signed))) != len(signed) {
		return wrong("SignedHeaders is not sorted")
	}
	dates := r.header.Values("X-Sdk-Date")
	if len(dates) != 1 || !slices.Contains(signed, "x-sdk-date") {
		return wrong("there must be one X-Sdk-Date, and it must be signed")
	}
	date, err := time.Parse(dateFormat, dates[0])
	if err != nil {
		return wrong("X-Sdk-Date is malformed")
	}
	if off := r.now.Sub(date).Abs(); off > dateWindow {
		message := fmt.Sprintf("Incorrect IAM authentication information: X-Sdk-Date is off by %s, more than 15 minutes", off.Round(time.Second))
		return &unverified{code: codeClock, message: message}
	}
	return nil
}

// checkToken checks the token and the expiry of a temporary key.
func (k Key) checkToken(r *request, signed []string) *unverified {
	if tokens := r.header.Values("X-Security-Token"); k.SecurityToken != "" || len(tokens) > 0 {
		if len(tokens) != 1 || !slices.Contains(signed, "x-security-token") {
			return wrong("a temporary access key needs one X-Security-Token, and it must be signed")
		}
		if subtle.ConstantTimeCompare([]byte(tokens[0]), []byte(k.SecurityToken)) != 1 {
			return wrong("the security token is not that of the access key")
		}
	}
	if !k.Expires.IsZero() && !r.now.Before(k.Expires) {
		return wrong("the security token has expired")
	}
	return nil
}

// admit refuses a call with a wrong signature or a locked key.
func (s *Simulator) admit(r *request) error {
	f := s.failures[r.caller.AccessKey]
	if f != nil && r.now.Before(f.lockedUntil) {
		return refuse(http.StatusUnauthorized, codeUnauthorized, fmt.Sprintf(
			"Incorrect IAM authentication information: the access key %s failed %d times in a row and is locked for 5 minutes",
			r.caller.AccessKey, lockAfter))
	}
	if r.unverified == nil {
		delete(s.failures, r.caller.AccessKey)
		return nil
	}
	if r.unverified.counts {
		if f == nil {
			f = &failures{}
			s.failures[r.caller.AccessKey] = f
		}
		if f.inARow++; f.inARow >= lockAfter {
			*f = failures{lockedUntil: r.now.Add(lockFor)}
		}
	}
	return refuse(http.StatusUnauthorized, r.unverified.code, r.unverified.message)
}

// canonicalRequest returns the string whose hash is signed: method, path, query, signed headers,
// their names, and the hash of the received body.
func canonicalRequest(r *request, signed []string) (string, error) {
	escaped := make([]string, len(r.segments))
	for i, segment := range r.segments {
		escaped[i] = escape(segment)
	}
	path := "/" + strings.Join(escaped, "/")
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}

	var query []string
	for _, name := range slices.Sorted(maps.Keys(r.query)) {
		for _, value := range slices.Sorted(slices.Values(r.query[name])) {
			query = append(query, escape(name)+"="+escape(value))
		}
	}

	var headers strings.Builder
	for _, name := range signed {
		values := r.header.Values(name)
		if name == "host" {
			values = []string{r.host}
		}
		if len(values) == 0 {
			return "", fmt.Errorf("the signed header %s is missing", name)
		}
		for _, value := range slices.Sorted(slices.Values(values)) {
			headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
		}
	}

	body := sha256.Sum256(r.body)
	return strings.Join([]string{
		r.method, path, strings.Join(query, "&"), headers.String(), strings.Join(signed, ";"), hex.EncodeToString(body[:]),
	}, "\n"), nil
}

// signature signs a canonical request.
func signature(secretKey, date, canonical string) string {
	hash := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + date + "\n" + hex.EncodeToString(hash[:])))
	return hex.EncodeToString(mac.Sum(nil))
}

// escape escapes every byte except letters, digits and "-_.~".
func escape(text string) string {
	var escaped strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			escaped.WriteByte(c)
		default:
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return escaped.String()
}

// hashHex returns the SHA-256 in hex.
func hashHex(parts ...string) string {
	hash := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(hash[:])
}

// randomHex returns n random bytes in hex.
func randomHex(n int) string {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // It never fails.
	return hex.EncodeToString(bytes)
}
