"""Is an address on this machine or its private network?"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_PRIVATE = [
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
]


def is_own(address: str) -> bool:
    """Whether `address`, an IP address, is a loopback or a private one (RFC 1918, RFC 4193).

    Anything else is not: no name, no address that only stands for another (NAT64, 6to4).
    """
    try:
        known: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known.version == network.version and known in network for network in _PRIVATE)
