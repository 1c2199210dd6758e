// Copyright (c) The terraform-provider-identitycenter Authors
// SPDX-License-Identifier: MPL-2.0

package revocation

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ParseNetwork parses an address or a network in CIDR notation. IPv4-mapped IPv6 becomes
// IPv4. A network with bits beyond its prefix is an error.
func ParseNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if address, addressErr := netip.ParseAddr(text); addressErr == nil && address.Zone() == "" {
		network, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	switch {
	case err != nil:
		return netip.Prefix{}, errors.New("it is no IPv4 or IPv6 address, and no network such as 203.0.113.0/24 or 2001:db8::/32")
	case network != network.Masked():
		return netip.Prefix{}, fmt.Errorf("it has bits beyond its prefix: write %s for the network or %s for the address", network.Masked(), network.Addr())
	case network.Addr().Is4In6():
		// The bits of the prefix ::ffff:0:0/96 are all set, so there are at least 96.
		return netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96), nil
	}
	return network, nil
}

// Networks is a set of networks that finds the networks of an address by prefix: a blocklist
// may have thousands of networks, and a user thousands of sessions. The zero value is empty.
type Networks struct {
	list     []netip.Prefix
	prefixes map[netip.Prefix]bool
	lengths  []int
}

// NewNetworks returns a set of networks as ParseNetwork returns them.
func NewNetworks(list ...netip.Prefix) Networks {
	all := Networks{list: list, prefixes: make(map[netip.Prefix]bool, len(list))}
	for _, network := range list {
		all.prefixes[network] = true
		if !slices.Contains(all.lengths, network.Bits()) {
			all.lengths = append(all.lengths, network.Bits())
		}
	}
	return all
}

// Empty reports whether there is no network.
func (n Networks) Empty() bool { return len(n.list) == 0 }

func (n Networks) containing(address netip.Addr) []netip.Prefix {
	var found []netip.Prefix
	for _, length := range n.lengths {
		// IPv4 has no prefixes as long as IPv6.
		if network, err := address.Prefix(length); err == nil && n.prefixes[network] {
			found = append(found, network)
		}
	}
	return found
}

// readAddress parses the address of a session; it is invalid if it cannot be read. It may have a
// port or brackets, or be the first of a comma-separated list that proxies extend. IPv4-mapped
// IPv6 becomes IPv4.
func readAddress(text string) netip.Addr {
	text, _, _ = strings.Cut(text, ",")
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		text = withPort.Addr().String()
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}
	}
	return address.Unmap()
}
