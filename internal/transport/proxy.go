// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// ProxyError means that a proxy is not reachable, or refuses to connect to an endpoint.
type ProxyError struct {
	// Proxy is its host and port, without a password.
	Proxy string
	// Status is the HTTP status of its refusal; 0 if it was not reached.
	Status int
	// Err is why it was not reached.
	Err error
}

// Error names the proxy and its response.
func (e *ProxyError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("the proxy %s cannot be reached: %s", e.Proxy, e.Err)
	}
	return fmt.Sprintf("the proxy %s refused to connect: %d %s", e.Proxy, e.Status, http.StatusText(e.Status))
}

// Unwrap returns Err.
func (e *ProxyError) Unwrap() error { return e.Err }

// checkProxy returns an error for the refusal of a proxy. Unlike the error of net/http, it names
// the proxy.
func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: response.StatusCode}
}

// proxyFailure adds the name of the proxy to a connection error of net/http.
func (t *Transport) proxyFailure(r *http.Request, err error) error {
	var network *net.OpError
	pool, isPool := t.http.(*http.Transport)
	if !isPool || pool.Proxy == nil || !errors.As(err, &network) || network.Op != "proxyconnect" {
		return err
	}
	proxy, proxyErr := pool.Proxy(r)
	if proxyErr != nil || proxy == nil {
		return err
	}
	return &ProxyError{Proxy: proxy.Host, Err: err}
}
