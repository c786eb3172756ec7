"""BeaconError
|- BadSettings   the settings file cannot be used; its sentence says what is wrong with it and what to do
|- Asleep        no error: the program ends here, and the board sleeps deeply
`- Stopped       somebody at the console wants it for himself
"""


class BeaconError(Exception):
    pass


class BadSettings(BeaconError):
    pass


class Asleep(BeaconError):
    pass


class Stopped(BeaconError):
    pass
