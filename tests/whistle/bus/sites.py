"""A site made for a test, with bundles on disk."""

from pathlib import Path

from whistle.site import files
from whistle.site.bundles import DashboardBundle, GatewayBundle, load_dashboard_bundle, load_gateway_bundle
from whistle.site.command import figures
from whistle.site.site import Site


def made(folder: Path) -> tuple[Path, GatewayBundle, DashboardBundle]:
    """(path of the dashboard's bundle, gateway bundle, dashboard bundle) of a new site with one beacon."""
    site = Site.create(folder / "site", name="Cedar", air=figures.air("US", "SHORT_TURBO", "Cedar"))
    site.add_beacon("Anna", "34th & Cedar", 44.95, -93.25)
    gateway, dashboard = folder / "gateway.json", folder / "dashboard.json"
    files.write(gateway, files.pretty(site.bundle("gateway")))
    files.write(dashboard, files.pretty(site.dashboard_bundle()))
    return dashboard, load_gateway_bundle(gateway), load_dashboard_bundle(dashboard)
