// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/provider"
	"github.com/identitycenter/terraform-provider-identitycenter/internal/simulator"
)

// TestMain keeps the settings and keys of whoever runs the tests out of them. With
// TF_ACC it has everything kept that the acceptance tests leave behind (states,
// plans, output, logs at trace) and searches it for every secret when they are done.
func TestMain(m *testing.M) {
	if url := os.Getenv(deleteVariable); url != "" {
		os.Exit(sendDelete(url))
	}
	os.Exit(func() int {
		// What `go build` needs of the home directory must be known before it is gone.
		for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
			value, err := exec.Command("go", "env", name).Output()
			if err != nil {
				fmt.Fprintln(os.Stderr, "go env:", err)
				return 1
			}
			_ = os.Setenv(name, strings.TrimSpace(string(value)))
		}
		home, err := os.MkdirTemp("", "identitycenter-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(home) }()
		records = filepath.Join(home, "records")
		if err := os.Mkdir(records, 0o700); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		for _, variable := range os.Environ() {
			name, _, _ := strings.Cut(variable, "=")
			if strings.HasPrefix(name, "HW_") || strings.HasPrefix(name, "HUAWEICLOUD_") || strings.HasPrefix(name, "TF_CLI") || strings.HasPrefix(name, "TF_VAR") {
				_ = os.Unsetenv(name)
			}
		}
		_ = os.Setenv("HOME", home)
		_ = os.Setenv("CHECKPOINT_DISABLE", "1")
		if os.Getenv("TF_ACC") == "" {
			return m.Run()
		}

		for name, value := range map[string]string{
			"TF_ACC_TEMP_DIR":            records,
			"TF_ACC_PERSIST_WORKING_DIR": "1",
			"TF_LOG":                     "JSON", // one line a record, at trace
			"TF_LOG_PATH_MASK":           filepath.Join(records, "%s.log"),
		} {
			_ = os.Setenv(name, value)
		}
		status := m.Run()
		found, err := leaks(records, clouds.secrets())
		if err != nil {
			found = append(found, err.Error())
		}
		for _, leak := range found {
			fmt.Fprintln(os.Stderr, "--- FAIL: secrets:", leak)
			status = 1
		}
		return status
	}())
}

// deleteVariable makes the test binary a program that sends a DELETE to the URL that
// it holds, for provisioners.
const deleteVariable = "IDENTITYCENTER_TEST_DELETE"

func sendDelete(url string) int {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, url, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = response.Body.Close()
	return 0
}

// records is the folder that keeps what acceptance tests leave behind.
var records string

// clouds are those of all tests.
var clouds allClouds

type allClouds struct {
	mu         sync.Mutex
	simulators []*simulator.Simulator
}

func (a *allClouds) add(s *simulator.Simulator) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.simulators = append(a.simulators, s)
}

// secrets are those of all clouds, each once.
func (a *allClouds) secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, s := range a.simulators {
		all = append(all, s.Secrets()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// leaks searches the files below dir for secrets and describes what it finds.
// Configurations do not count, nor their copies in plans: there the tests put the
// secrets themselves.
func leaks(dir string, secrets []string) ([]string, error) {
	var found []string
	search := func(name string, content []byte) {
		for _, secret := range secrets {
			if i := bytes.Index(content, []byte(secret)); i >= 0 {
				found = append(found, fmt.Sprintf("%s holds a secret after %q", name, content[max(0, i-200):i]))
			}
		}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, ".tf") {
			return err
		}
		name := strings.TrimPrefix(path, dir)
		content, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(content, []byte("PK\x03\x04")) {
			search(name, content)
			return err
		}
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return err
		}
		for _, file := range archive.File {
			if strings.HasPrefix(file.Name, "tfconfig/") {
				continue
			}
			reader, err := file.Open()
			if err != nil {
				return err
			}
			unpacked, err := io.ReadAll(reader)
			if err != nil {
				return err
			}
			search(name+"/"+file.Name, unpacked)
		}
		return nil
	})
	return found, err
}

// factories serve the provider in the test's own process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"identitycenter": providerserver.NewProtocol6WithError(provider.New("test")()),
}

// cloud is a simulated cloud of one test's own.
type cloud struct {
	*simulator.Simulator
	simulator.Seeded
	URL string
}

// newCloud starts a simulator with the seeded data, until the test ends.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	sim := simulator.New()
	clouds.add(sim)
	seeded := sim.Seed()
	server := sim.Start()
	t.Cleanup(server.Close)
	return &cloud{Simulator: sim, Seeded: seeded, URL: server.URL}
}

// alice has three sessions.
func (c *cloud) alice() simulator.SeededUser { return c.Users[0] }

// sessionIDs are those that a seeded user has now.
func (c *cloud) sessionIDs(user simulator.SeededUser) []string {
	var ids []string
	for _, s := range c.Sessions(c.IdentityStoreID, user.UserID) {
		ids = append(ids, s.SessionID)
	}
	return ids
}

// withSessions gives Carol, who has none, so many sessions and returns their IDs.
func (c *cloud) withSessions(n int) (user simulator.SeededUser, ids []string) {
	user = c.Users[2]
	for i := range n {
		id := fmt.Sprintf("session-%05d", i)
		c.AddSession(c.IdentityStoreID, user.UserID, simulator.Session{SessionID: id})
		ids = append(ids, id)
	}
	return user, ids
}

// config is a configuration: a provider block with the key and more arguments,
// and what follows it, in which STORE, ALICE and CAROL stand for their IDs.
func (c *cloud) config(key simulator.Key, arguments, body string) string {
	token := ""
	if key.SecurityToken != "" {
		token = fmt.Sprintf("security_token = %q", key.SecurityToken)
	}
	body = strings.NewReplacer("STORE", c.IdentityStoreID, "ALICE", c.Users[0].UserID, "CAROL", c.Users[2].UserID).Replace(body)
	return fmt.Sprintf(`
provider "identitycenter" {
  region     = "ap-southeast-3"
  access_key = %q
  secret_key = %q
  %s
  endpoints = {
    identitystore  = %[4]q
    identitycenter = %[4]q
    sts            = %[4]q
    iam            = %[4]q
  }
  %[5]s
}
%[6]s
`, key.AccessKey, key.SecretKey, token, c.URL, arguments, body)
}

// operations are the calls on record, by name.
func (c *cloud) operations() []string {
	var names []string
	for _, call := range c.Calls() {
		names = append(names, call.Operation)
	}
	return names
}

// hcl writes IDs as a list in a configuration.
func hcl(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = fmt.Sprintf("%q", id)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func sorted(ids []string) []string {
	return slices.Sorted(slices.Values(ids))
}

// The schemas must be what the framework and Terraform allow: nothing else says
// so before a user meets it.
func TestSchemasAreValid(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test")())()
	response, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, diagnostic := range response.Diagnostics {
		t.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail)
	}
	if len(response.ResourceSchemas) != 2 || len(response.DataSourceSchemas) != 5 || len(response.EphemeralResourceSchemas) != 1 || len(response.ActionSchemas) != 2 {
		t.Errorf("the provider offers %d resources, %d data sources, %d ephemeral resources, %d actions",
			len(response.ResourceSchemas), len(response.DataSourceSchemas), len(response.EphemeralResourceSchemas), len(response.ActionSchemas))
	}
	described := func(kind string, block *tfprotov6.SchemaBlock) {
		for _, attribute := range block.Attributes {
			if attribute.Description == "" {
				t.Errorf("%s: %s has no description", kind, attribute.Name)
			}
		}
	}
	described("provider", response.Provider.Block)
	for name, schema := range response.ResourceSchemas {
		described(name, schema.Block)
	}
}
