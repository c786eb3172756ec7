"""The language of trust: the site's directory, its keys, the roster, and what each holder is given of them.

`site` is the technician's directory, `roster` the one signed document of which beacons exist, `bundles` what one
gateway or a dashboard may hold, `settings` what one board gets. The package knows no radio: frequency and timing
are numbers handed in (`records.Radio`, `records.Timing`), worked out by the commands in `whistle/site/command`.
"""
