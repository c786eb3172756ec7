"""What of MicroPython's `machine` a radio on a UART needs, on the unix build: the wire is a TCP connection."""

import socket


def UART(port, baudrate, tx=None, rx=None, rxbuf=0):
    """The UART whose number is a TCP port on this machine; reads give what has come, as a UART's do."""
    assert baudrate == 115200 and tx == 17 and rx == 18 and rxbuf >= 516
    link = socket.socket()
    link.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    link.setblocking(False)
    return link
