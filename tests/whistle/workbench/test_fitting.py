"""What one board has, and how loud its resident wants it."""

import json

import pytest
from click.testing import CliRunner

from tests.support.sites import made
from whistle.site.site import Site
from whistle.workbench.command import workbench
from whistle.workbench.command.fitting import hours
from whistle.workbench.errors import BadWish


@pytest.fixture
def home(tmp_path):
    site = made(tmp_path, beacons=0)
    site.add_beacon("Anna", "34th & Cedar", 44.95, -93.25)
    return site.directory


def fit(home, *words, code=0):
    done = CliRunner().invoke(workbench, ["fit", "--json", *words, "--site", str(home)])
    assert done.exit_code == code, done.output
    return json.loads(done.output.splitlines()[-1])


def settings(home):
    site = Site.open(home)
    return site.beacon_settings(site.find("Anna").node)


def test_a_board_is_fitted_as_settings_of_old_are(home):
    assert {name: settings(home)[name] for name in ("second_button", "whistle", "volume", "quiet")} == {
        "second_button": False,
        "whistle": True,
        "volume": 100,
        "quiet": None,
    }


def test_what_is_said_stays_until_it_is_said_otherwise(home):
    said = fit(home, "Anna", "--second-button", "--volume", "40", "--quiet", "22:00-07:30+5:30")
    assert (said["second_button"], said["volume"], said["quiet"]) == (True, 40, [1320, 450, 330])
    said = fit(home, "Anna", "--no-whistle")
    assert (said["second_button"], said["whistle"], said["quiet"]) == (True, False, [1320, 450, 330])
    assert list(settings(home)["quiet"]) == [1320, 450, 330] and settings(home)["volume"] == 40
    assert fit(home, "Anna", "--loud", "--whistle")["quiet"] is None
    assert settings(home)["quiet"] is None and settings(home)["second_button"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("22:00-07:00", (1320, 420, 0)),
        ("00:00-23:59-6", (0, 1439, -360)),
        ("09:05-10:00-3:30", (545, 600, -210)),
        ("22:00-07:00+14", (1320, 420, 840)),
    ],
)
def test_hours_as_people_write_them(text, found):
    assert hours(text) == found


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00-07:60", "22:00", "22:00-07:00+15", "x22:00-07:00"])
def test_what_are_no_hours_is_refused_with_an_example(text):
    with pytest.raises(BadWish, match="22:00|14 hours"):
        hours(text)


def test_wrong_wishes_change_nothing(home):
    before = (home / "site.json").read_bytes()
    assert "--quiet or --loud" in fit(home, "Anna", "--quiet", "22:00-07:00", "--loud", code=1)["sentence"]
    assert "no quiet hours" in fit(home, "Anna", "--quiet", "late", code=1)["sentence"]
    assert fit(home, "Nobody", code=1)["error"] == "SiteTrouble"
    assert (home / "site.json").read_bytes() == before
