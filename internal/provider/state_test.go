// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// Without a refresh, an ID that was edited in the state reaches the warnings of a destroy.
func TestState_editedIDWithoutRefresh(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]values{lockType: {"enable_on_destroy": true}, "identitycenter_user_logout_on_destroy": {"disable_user": true}, "lock": nil} {
		c := newCloud(t)
		arguments := values{"identity_store_id": c.IdentityStoreID, "user_id": c.alice().UserID}
		maps.Copy(arguments, more)
		o := c.object(t, cmp.Or(map[string]string{"lock": lockType}[name], name))
		o.apply(t.Context(), arguments)
		o.edit("user_id", "x\x1b[2J")
		o.server = c.serve(t)
		planned, found := o.plan(nil)
		found = append(found, o.applyPlan(t.Context(), planned)...)
		if text := found.text(0); !strings.Contains(text, "x?[2J") || strings.Contains(text, "\x1b") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// The error for an ID that was edited in the state shows the ID. It is not reported as a bug of the
// provider, and nothing is changed.
func TestState_editedID(t *testing.T) {
	t.Parallel()
	for name, arguments := range newCloud(t).resources() {
		for _, edited := range []string{"", "a b", "../x", "x\x1b[2J", "Alice Smith\n"} {
			for _, attribute := range []string{"identity_store_id", "user_id", "instance_id", "permission_set_id"} {
				if _, has := arguments[attribute]; !has {
					continue
				}
				t.Run(strings.Join([]string{name, attribute, edited}, " "), func(t *testing.T) {
					t.Parallel()
					c := newCloud(t)
					o := c.object(t, name)
					o.apply(t.Context(), c.resources()[name])
					o.edit(attribute, edited)
					o.identity = nil
					c.ResetCalls()
					read := o.read()
					destroyed := o.apply(t.Context(), nil)
					for _, found := range []messages{read, destroyed} {
						if text := found.text(0); strings.Contains(text, "bug") || strings.Contains(text, "report") || strings.Contains(text, "\x1b") || strings.Contains(text, "Unexpected") {
							t.Errorf("got %s", text)
						}
					}
					t.Logf("read:\n%sdestroy:\n%s", read.text(0), destroyed.text(0))
					for _, call := range c.Calls() {
						if strings.Contains(call.EscapedPath, "..") || call.Status < 300 && call.Method != http.MethodGet {
							t.Errorf("call %s %s %d", call.Method, call.EscapedPath, call.Status)
						}
					}
				})
			}
		}
	}
}
