"""AirError: what a technician gave us cannot be used; the message is one sentence that says what to do.

AirError
|- NotAFrame    a line of hex that is no frame
`- NotAnObject  a JSON object that describes no frame
"""


class AirError(Exception):
    pass


class NotAFrame(AirError):
    pass


class NotAnObject(AirError):
    pass
