// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

// Explain says in words that sessions outlived their revocation, and what to do.
func (e *SurvivorsError) Explain() (summary, text string) {
	return "Sessions are still alive after their revocation", e.Error() + "\n\n" +
		"Raise the timeout if the API is just slow, and apply again. If the sessions stay, ask Huawei Cloud support and name the request IDs."
}

// Explain says which call failed, which is not the one that ends sessions.
func (e *VerificationError) Explain() (summary, text string) {
	return "", "The API accepted the revocation, but listing the sessions to verify it failed, as follows."
}

// Explain says why the sessions were listed, and that this failed too.
func (e *UnlistedError) Explain() (summary, text string) {
	return "", "The API may have refused because a session is already gone. To find out, the user's sessions were listed, which failed too: " + e.ListErr.Error()
}
