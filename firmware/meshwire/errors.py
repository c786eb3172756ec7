"""MeshwireError
|- Malformed    they sent something that is not a whole frame, header or `Data`
|- TooLarge     we were asked to send more than one frame carries
|- QueueFull    sixteen frames of at least this priority wait already
`- OverDuty     the region's share of the air for the last hour is used up
"""


class MeshwireError(Exception):
    pass


class Malformed(MeshwireError):
    pass


class TooLarge(MeshwireError):
    pass


class QueueFull(MeshwireError):
    pass


class OverDuty(MeshwireError):
    pass
