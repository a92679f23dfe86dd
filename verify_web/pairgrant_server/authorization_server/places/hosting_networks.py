"""Autonomous systems of well-known hosting providers, as data; no complete list.

Left out are systems that people's own devices use too, such as those behind private relays of telephones.
"""

HOSTING_NETWORKS = {
    7979: "Servers.com",
    8075: "Microsoft Azure",
    8100: "QuadraNet",
    8560: "IONOS",
    9009: "M247",
    12876: "Scaleway",
    14061: "DigitalOcean",
    14618: "Amazon Web Services",
    16276: "OVHcloud",
    16509: "Amazon Web Services",
    20473: "Vultr",
    24940: "Hetzner",
    28753: "Leaseweb",
    31898: "Oracle Cloud",
    36352: "ColoCrossing",
    37963: "Alibaba Cloud",
    40676: "Psychz Networks",
    45090: "Tencent Cloud",
    45102: "Alibaba Cloud",
    47583: "Hostinger",
    51167: "Contabo",
    54825: "Equinix Metal",
    60068: "Datacamp",
    60781: "Leaseweb",
    63949: "Akamai (Linode)",
    132203: "Tencent Cloud",
    197540: "netcup",
    202053: "UpCloud",
    212238: "Datacamp",
    213230: "Hetzner",
    396982: "Google Cloud",
}
"""Number of the autonomous system (RFC 1930) -> who runs it."""
