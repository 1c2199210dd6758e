// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/identitycenterstore/v1/model"
)

// refusing returns an address that refuses every connection. The address is the local end of a
// connection that stays open until the test ends, because another test's server may reuse a closed
// port.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection.LocalAddr().String()
}

func TestProxyError_unreachable(t *testing.T) {
	t.Parallel()
	for _, host := range []string{refusing(t), "no-such-proxy.invalid:3128"} {
		for _, endpoint := range []string{"http://identitystore.invalid", "https://identitystore.invalid"} {
			proxy := &url.URL{Scheme: "http", Host: host, User: url.UserPassword("user", "proxyPasswordThatNobodyMaySee")}
			transport := transportTo(endpoint, retries(5))
			transport.http.(*http.Transport).Proxy = http.ProxyURL(proxy)
			_, _, err := Do[*model.ListSessionsResponse](t.Context(), transport, listCall("s", "u", someKeys()))
			var unreachable *ProxyError
			if !errors.As(err, &unreachable) || unreachable.Proxy != host || unreachable.Status != 0 || unreachable.Err == nil {
				t.Errorf("%s: got %v", host, err)
			}
			if failed := asError(t, err); failed.Attempts != 1 || failed.Unanswered || strings.Contains(err.Error(), "proxyPassword") {
				t.Errorf("%s: %d attempts, unanswered %t: %v", host, failed.Attempts, failed.Unanswered, err)
			}
		}
	}
}
