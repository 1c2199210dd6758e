// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	hclv2 "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/identitycenter/terraform-provider-identitycenter/internal/acctest"
)

// repository is the root of the repository, from this package.
var repository = filepath.Join("..", "..")

var fencedBlock = regexp.MustCompile("(?ms)^( *)```(shell|terraform)\n(.*?)^ *```$")

// fencedBlocks returns the blocks of a language in README.md and docs/, by page.
func fencedBlocks(t *testing.T, language string) map[string][]string {
	t.Helper()
	pages := []string{filepath.Join(repository, "README.md")}
	err := filepath.WalkDir(filepath.Join(repository, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(repository, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range fencedBlock.FindAllStringSubmatch(string(content), -1) {
			if found[2] == language {
				text := strings.ReplaceAll("\n"+found[3], "\n"+found[1], "\n")[1:]
				blocks[filepath.ToSlash(name)] = append(blocks[filepath.ToSlash(name)], text)
			}
		}
	}
	return blocks
}

// ofAnotherProvider matches blocks that the simulator cannot run.
var ofAnotherProvider = regexp.MustCompile(`(?m)^(resource|data) "huaweicloud_|from = huaweicloud_`)

// Every configuration in the docs can be parsed and is formatted. It is that of an example, planned
// by TestAccExamples, or belongs to the huaweicloud provider. TestAccDocs_configurations validates
// the others.
func TestDocs_configurations(t *testing.T) {
	t.Parallel()
	examples := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(repository, "examples"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		examples[strings.TrimSpace(string(content))] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	validated := slices.Concat(docConfigurations(t), docTests(t))
	for page, blocks := range fencedBlocks(t, "terraform") {
		for _, block := range blocks {
			if _, diags := hclsyntax.ParseConfig([]byte(block), page, hclv2.InitialPos); diags.HasErrors() {
				t.Errorf("%s: %s\n%s", page, diags, block)
			}
			if formatted := string(hclwrite.Format([]byte(block))); formatted != block {
				t.Errorf("%s: terraform fmt changes this block to\n%s", page, formatted)
			}
			if !examples[strings.TrimSpace(block)] && !slices.Contains(validated, block) && !ofAnotherProvider.MatchString(block) {
				t.Errorf("%s: no test validates\n%s", page, block)
			}
		}
	}
}

// docConfigurations are the blocks that only a page has, not an example.
func docConfigurations(t *testing.T) []string {
	t.Helper()
	all := fencedBlocks(t, "terraform")
	var blocks []string
	for page, found := range map[string]*regexp.Regexp{
		"README.md": regexp.MustCompile(`.`),
		"docs/guides/authentication-access-keys.md":       regexp.MustCompile(`var\.access_key`),
		"docs/guides/contain-a-compromised-user.md":       regexp.MustCompile(`"cutoff"`),
		"docs/guides/end-sessions-of-many-users.md":       regexp.MustCompile(`^resource .* "administrators"`),
		"docs/guides/find-and-adopt-what-is-left.md":      regexp.MustCompile(`^(import|removed) `),
		"docs/guides/recipes.md":                          regexp.MustCompile(`"europe"`),
		"docs/resources/permission_set_session_cutoff.md": regexp.MustCompile(`identity = {`),
		"docs/resources/user_access_suspension.md":        regexp.MustCompile(`identity = {`),
	} {
		before := len(blocks)
		for _, block := range all[page] {
			if found.MatchString(block) {
				blocks = append(blocks, block)
			}
		}
		if len(blocks) == before {
			t.Errorf("%s has no block that matches %s", page, found)
		}
	}
	return blocks
}

// docTests are the blocks for files of terraform test.
func docTests(t *testing.T) []string {
	t.Helper()
	blocks := fencedBlocks(t, "terraform")["docs/guides/rehearse-without-a-cloud-account.md"]
	return slices.DeleteFunc(blocks, func(block string) bool { return !strings.HasPrefix(block, "mock_provider") })
}

// The configurations that are not examples are valid together.
func TestAccDocs_configurations(t *testing.T) {
	t.Parallel()
	w := newEmptyProcessWorkspace(t)
	cli, err := cliVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The objects to which the blocks refer.
	config := `
variable "access_key" { ephemeral = true }
variable "secret_key" { ephemeral = true }
data "identitycenter_instance" "this" {}
data "identitycenter_group" "administrators" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "staff"
}
data "identitycenter_group" "responders" {
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  display_name      = "security"
}
resource "identitycenter_permission_set_session_cutoff" "administrator" {
  instance_id       = data.identitycenter_instance.this.instance_id
  permission_set_id = "ps-6c2b8f0d1e4a9375"
}
resource "identitycenter_user_access_suspension" "alice" {
  instance_id       = data.identitycenter_instance.this.instance_id
  identity_store_id = data.identitycenter_instance.this.identity_store_id
  user_id           = "61e53a32-f777-4ee6-a9ea-613099951c77"
  group_ids         = []
}
`
	for _, block := range docConfigurations(t) {
		if strings.Contains(block, "identity = {") && !cli.atLeast(1, 12) {
			continue
		}
		config += "\n" + block
	}
	for name, content := range map[string]string{"main.tf": config, "mock.tftest.hcl": strings.Join(docTests(t), "\n")} {
		if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, w, 0, "init")
	expect(t, w, 0, "validate")
}

// story runs the shell blocks of a page in one shell and folder.
type story struct {
	// folder is copied from examples/; "" is an empty folder.
	folder string
	// folders is true if its subfolders are the root modules.
	folders bool
	// before prepares the simulator and the folder.
	before func(t *testing.T, c *cloud, d *docShell)
	// blocks are the shell blocks of the page, in order.
	blocks  []docBlock
	require []requirement
}

// docBlock has the expected exit status of a shell block, and text in its output. A block with a
// reason is not run.
type docBlock struct {
	status int
	prints string
	notRun string
}

const (
	needsKooCLI = "it runs hcloud, which needs the cloud"
	importTests = "the acceptance tests of the resource import it"
)

// stories has every page with shell blocks.
var stories = map[string]story{
	"README.md": {blocks: []docBlock{{prints: "3 ended."}, {notRun: "it runs these tests"}}},
	"docs/index.md": {folder: "provider", before: func(t *testing.T, _ *cloud, d *docShell) {
		t.Helper()
		d.override(t, ".")
	}, blocks: []docBlock{{prints: "revoked_session_ids = "}}},
	"docs/actions/user_session_revocation.md": {folder: "actions/identitycenter_user_session_revocation", require: []requirement{atLeast(1, 14)}, before: initialize,
		blocks: []docBlock{{prints: "Done: 2 sessions"}}},
	"docs/actions/bulk_user_session_revocation.md": {folder: "actions/identitycenter_bulk_user_session_revocation", require: []requirement{atLeast(1, 14)}, before: initialize,
		blocks: []docBlock{{prints: "Action complete"}}},
	"docs/list-resources/user_lock.md": {folder: "list-resources/identitycenter_user_lock", require: []requirement{atLeast(1, 14)}, before: func(t *testing.T, c *cloud, d *docShell) {
		t.Helper()
		c.SetEnabled(c.IdentityStoreID, c.Users[2].UserID, false)
		initialize(t, c, d)
	}, blocks: []docBlock{{prints: "carol"}}},
	"docs/list-resources/permission_set_session_cutoff.md": {folder: "list-resources/identitycenter_permission_set_session_cutoff", require: []requirement{atLeast(1, 14)}, before: initialize,
		blocks: []docBlock{{}}},
	"docs/resources/user_lock.md":                     {blocks: []docBlock{{notRun: importTests}}},
	"docs/resources/permission_set_session_cutoff.md": {blocks: []docBlock{{notRun: importTests}}},
	"docs/resources/user_access_suspension.md":        {blocks: []docBlock{{notRun: importTests}}},
	"docs/guides/authentication-access-keys.md":       {blocks: []docBlock{{}}},
	"docs/guides/authentication-koocli-profile.md":    {blocks: []docBlock{{notRun: needsKooCLI}}},
	"docs/guides/contain-a-compromised-user.md": {blocks: []docBlock{
		{prints: "3 ended."},
		{prints: "No changes"},
		{prints: "Suspended: 1 account assignments"},
		{status: 1, prints: "allow_early_removal"},
		{prints: "The user is enabled"},
	}},
	"docs/guides/end-sessions-of-many-users.md": {folder: "guides/end-sessions-of-many-users", folders: true, before: func(t *testing.T, _ *cloud, d *docShell) {
		t.Helper()
		for _, folder := range []string{"inspect", "end"} {
			d.override(t, folder)
			d.run(t, 0, "terraform -chdir="+folder+" init")
		}
	}, blocks: []docBlock{{}, {}, {prints: "Ended sessions"}}},
	"docs/guides/find-and-adopt-what-is-left.md": {folder: "guides/find-and-adopt-what-is-left", require: []requirement{atLeast(1, 14)}, before: func(t *testing.T, c *cloud, d *docShell) {
		t.Helper()
		c.SetEnabled(c.IdentityStoreID, c.Users[2].UserID, false)
		initialize(t, c, d)
	}, blocks: []docBlock{{prints: "carol"}, {notRun: needsKooCLI}, {prints: "1 imported, 0 added, 0 changed, 0 destroyed"}}},
	"docs/guides/recipes.md": {folder: "containment", before: func(t *testing.T, _ *cloud, d *docShell) {
		t.Helper()
		d.run(t, 0, "terraform init && terraform apply -var user_name=alice")
	}, blocks: []docBlock{{prints: "The user is contained."}}},
	"docs/guides/rehearse-without-a-cloud-account.md": {before: func(t *testing.T, _ *cloud, d *docShell) {
		t.Helper()
		for _, folder := range []string{"containment", "tests"} {
			if err := os.CopyFS(filepath.Join(d.dir, "examples", folder), os.DirFS(filepath.Join(repository, "examples", folder))); err != nil {
				t.Fatal(err)
			}
		}
		d.overrideProvider(t)
	}, blocks: []docBlock{
		{notRun: "it clones the repository and serves until it is interrupted; internal/cmd/simulator has tests"},
		{prints: "3 ended."},
		{prints: "The user is enabled"},
		{prints: "2 passed, 0 failed"},
	}},
}

// initialize lets the provider of a folder call the simulator and runs terraform init.
func initialize(t *testing.T, _ *cloud, d *docShell) {
	t.Helper()
	d.override(t, ".")
	d.run(t, 0, "terraform init")
}

// Every shell block of the docs runs unchanged against the simulator, or has a reason not to. Only
// the access key is replaced. The test takes half a minute of CPU time, so .ci/run runs it and make
// test does not.
func TestAccDocs_commands(t *testing.T) {
	t.Parallel()
	all := fencedBlocks(t, "shell")
	for _, page := range slices.Sorted(maps.Keys(all)) {
		if len(stories[page].blocks) != len(all[page]) {
			t.Errorf("%s has %d shell blocks; the test knows %d", page, len(all[page]), len(stories[page].blocks))
		}
	}
	for page := range stories {
		if all[page] == nil {
			t.Errorf("%s has no shell block", page)
		}
	}
	if t.Failed() {
		return
	}
	skipUnlessAll(t)
	for page, s := range stories {
		if !slices.ContainsFunc(s.blocks, func(b docBlock) bool { return b.notRun == "" }) {
			continue
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			s.run(t, all[page])
		})
	}
}

func (s story) run(t *testing.T, blocks []string) {
	t.Helper()
	c := newCloud(t)
	d := newDocShell(t, c, s.require...)
	if s.folder != "" {
		if err := os.CopyFS(d.dir, os.DirFS(filepath.Join(repository, "examples", filepath.FromSlash(s.folder)))); err != nil {
			t.Fatal(err)
		}
	}
	if s.before != nil {
		s.before(t, c, d)
	}
	for i, want := range s.blocks {
		if want.notRun != "" {
			continue
		}
		block := strings.NewReplacer("HW_ACCESS_KEY=...", "HW_ACCESS_KEY="+c.Management.AccessKey, "HW_SECRET_KEY=...", "HW_SECRET_KEY="+c.Management.SecretKey,
			"HW_SECURITY_TOKEN=...", "HW_SECURITY_TOKEN=").Replace(blocks[i])
		if output := d.run(t, want.status, block); !strings.Contains(output, want.prints) {
			t.Errorf("%q is not in the output of\n%s\n%s", want.prints, block, output)
		}
	}
}

// docShell runs blocks in sequence as one shell would: each block starts with the folder and
// variables that the previous one left.
type docShell struct {
	workspace *acctest.Workspace
	dir       string
	url       string
}

// newDocShell returns a shell in an empty folder. terraform is the CLI under test, and the address
// of this repository leads to its examples.
func newDocShell(t *testing.T, c *cloud, require ...requirement) *docShell {
	t.Helper()
	w := newEmptyProcessWorkspace(t, require...)
	d := &docShell{workspace: w, dir: filepath.Join(w.Dir, "work"), url: c.URL}
	bin, git := filepath.Join(w.Dir, "bin"), filepath.Join(w.Dir, "git")
	cli, err := exec.LookPath(w.Terraform)
	if err == nil {
		cli, err = filepath.Abs(cli)
	}
	if err := errors.Join(err, os.Mkdir(d.dir, 0o700), os.Mkdir(bin, 0o700), os.Symlink(cli, filepath.Join(bin, "terraform")),
		os.CopyFS(filepath.Join(git, "examples", "containment"), os.DirFS(filepath.Join(repository, "examples", "containment")))); err != nil {
		t.Fatal(err)
	}
	w.Env = append(w.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "SHELL_STATE="+filepath.Join(t.TempDir(), "shell"),
		"TF_CLI_ARGS_apply=-auto-approve", "TF_CLI_ARGS=-no-color", "TF_VAR_endpoint="+c.URL,
		"HW_REGION_NAME="+c.Region, "HW_ACCESS_KEY="+c.Management.AccessKey, "HW_SECRET_KEY="+c.Management.SecretKey,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+git+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/identitycenter/terraform-provider-identitycenter.git")
	d.run(t, 0, "cd "+git+" && git init -q && git add . && git -c user.name=x -c user.email=x@example.com commit -qm x && git tag v0.1.0 && cd "+d.dir)
	return d
}

// run runs a block and returns its output.
func (d *docShell) run(t *testing.T, status int, block string) string {
	t.Helper()
	script := `if [ -e "$SHELL_STATE" ]; then . "$SHELL_STATE"; cd "$(cat "$SHELL_STATE.dir")"; fi
trap 'status=$?; pwd > "$SHELL_STATE.dir"; export -p > "$SHELL_STATE"; exit $status' EXIT
set -e
` + block
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir, command.Env = d.dir, d.workspace.Env
	output, err := command.CombinedOutput()
	record(t, d.workspace, string(output))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := command.ProcessState.ExitCode(); got != status {
		t.Fatalf("exit status %d, want %d:\n%s\n%s", got, status, block, output)
	}
	return string(output)
}

// override lets the provider block of a folder call the simulator.
func (d *docShell) override(t *testing.T, folder string) {
	t.Helper()
	text := fmt.Sprintf("provider \"identitycenter\" {\n  endpoints = {\n    identitystore  = %[1]q\n    identitycenter = %[1]q\n    sts            = %[1]q\n    iam            = %[1]q\n  }\n}\n", d.url)
	name := "test.tf"
	files, err := filepath.Glob(filepath.Join(d.dir, folder, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if content, err := os.ReadFile(file); err == nil && providerBlock.Match(content) {
			name = "test_override.tf"
		}
	}
	if err := os.WriteFile(filepath.Join(d.dir, folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// overrideProvider makes Terraform load the provider from its folder, as in the guide.
func (d *docShell) overrideProvider(t *testing.T) {
	t.Helper()
	file := filepath.Join(d.workspace.Dir, "dev.rc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    \"identitycenter/identitycenter\" = %q\n  }\n  direct {}\n}\n",
		filepath.ToSlash(filepath.Dir(raceMirror(t).Binary)))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.workspace.Env = append(d.workspace.Env, "TF_CLI_CONFIG_FILE="+file)
	d.run(t, 0, "export TF_CLI_CONFIG_FILE="+file)
}
