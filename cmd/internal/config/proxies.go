package config

import (
	"net/netip"
	"slices"
)

// proxies takes networks and single addresses. It refuses what no connection can come from, and lists that
// leave out no public address: then every client could claim any address and any URL.
func (s setting) proxies(text string) []netip.Prefix {
	const fix = "Write the networks of your proxies with commas between, such as 127.0.0.0/8,10.0.0.0/8, or none."
	if text == "none" {
		return nil
	}
	all := s.parseNetworks(text, fix)
	for _, public := range []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("2000::/3")} {
		if covered(public, slices.Concat(all, notPublic, notUnicast)) {
			s.add(text, "trusts every public address, so every client could claim any address and any URL", fix)
			return nil
		}
	}
	return all
}

func (s setting) networks(text string) []netip.Prefix {
	return s.parseNetworks(text, "Write the networks with commas between, such as "+s.example()+".")
}

// parseNetworks takes networks and single addresses. It refuses what no connection can be with.
func (s setting) parseNetworks(text, fix string) []netip.Prefix {
	var all []netip.Prefix
	for _, item := range s.list(text) {
		prefix, err := netip.ParsePrefix(item)
		if addr, errAddr := netip.ParseAddr(item); errAddr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil:
			s.add(item, "is not a network", fix)
		case prefix != prefix.Masked():
			s.add(item, "has bits set behind its prefix", "Write "+prefix.Masked().String()+" for the network, or the address alone.")
		case prefix.Addr().Is4In6() && prefix.Bits() >= 96:
			ipv4 := netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
			s.add(item, "matches no connection: IPv4 addresses are compared as IPv4", "Write "+ipv4.String()+".")
		case covered(prefix, notUnicast):
			s.add(item, "matches no connection: it holds no unicast address", fix)
		default:
			all = append(all, prefix)
		}
	}
	return all
}

// notUnicast are networks that no connection comes from (RFC 6890, RFC 1112 section 4, RFC 4291 section 2.7).
var notUnicast = parsePrefixes("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8")

// notPublic are networks of one machine or one operator (RFC 6890).
var notPublic = parsePrefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")

func parsePrefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// covered reports whether every address of p is in one of the networks.
func covered(p netip.Prefix, networks []netip.Prefix) bool {
	overlaps := false
	for _, n := range networks {
		if n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
			return true
		}
		overlaps = overlaps || n.Overlaps(p)
	}
	if !overlaps {
		return false
	}
	lower, upper := halves(p)
	return covered(lower, networks) && covered(upper, networks)
}

// halves splits a network that holds more than one address.
func halves(p netip.Prefix) (lower, upper netip.Prefix) {
	bits := p.Bits()
	first := p.Addr().AsSlice()
	first[bits/8] |= 1 << (7 - bits%8)
	middle, _ := netip.AddrFromSlice(first)
	return netip.PrefixFrom(p.Addr(), bits+1), netip.PrefixFrom(middle, bits+1)
}
