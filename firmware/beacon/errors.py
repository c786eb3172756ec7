"""BeaconError
`- BadSettings   the settings file cannot be used; its sentence says what is wrong with it and what to do
"""


class BeaconError(Exception):
    pass


class BadSettings(BeaconError):
    pass
