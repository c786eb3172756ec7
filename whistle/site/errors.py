"""What can go wrong with a site. Every message is one sentence that says what to do.

SiteError
├── BadInput          a value that was given is not allowed
├── Unknown           there is no such beacon or gateway
├── NotASite          the directory holds no site
├── AlreadyThere      something would be overwritten
├── Damaged           a file is not whole, or not of the kind it should be
│   └── Later         it is of a later version of Whistle
├── Busy              another command holds the site
├── NotSaved          the disk would not take it; what was there before is whole
├── MasterMissing     the master key is needed and is not there
├── WrongMaster       that master key is another site's
└── RosterRefused     an offered roster is not taken
    ├── Forged        not signed by this site's master key
    ├── OtherSite     another site's roster
    ├── Older         we hold a higher version
    └── Conflict      the same version with other content
"""


class SiteError(Exception):
    """Root of everything this package raises on purpose."""


class BadInput(SiteError):
    """A name, place, number or choice is not allowed; nothing was changed."""


class Unknown(SiteError):
    """No beacon or gateway of that name or number."""


class NotASite(SiteError):
    """The directory holds no site.json."""


class AlreadyThere(SiteError):
    """A file or site is there already and is left as it is."""


class Damaged(SiteError):
    """A file cannot be read as what it should be; it is left as it is."""


class Later(Damaged):
    """A file is of a form that a later version of Whistle writes; it is left as it is."""


class Busy(SiteError):
    """Another command is changing this site and did not finish in time."""


class NotSaved(SiteError):
    """Writing failed; the files that were there before are untouched."""


class MasterMissing(SiteError):
    """What was asked for needs the master key, and it is not where it was looked for."""


class WrongMaster(SiteError):
    """The master key that was found belongs to another site."""


class RosterRefused(SiteError):
    """An offered roster is not taken; the one held stays."""


class Forged(RosterRefused):
    """The signature is not this site's, or the places are not those that were signed."""


class OtherSite(RosterRefused):
    """The roster is another site's."""


class Older(RosterRefused):
    """The offered version is below the one held."""


class Conflict(RosterRefused):
    """The offered version equals the one held, and the contents differ."""
