"""The gateway: hear, verify, settle, publish, answer.

    source -> Hearing -> reader (verify) -> Lanes -> Pipeline -> Ledger.settle ... Ledger.commit
                                                        |-> Answerer  (receipts and pulses, on the air)
                                                        `-> Outbox    (alerts, on the bus, until settled)

Rules of this folder: nothing is acknowledged before the commit it speaks of; one thread writes the ledger (SQL stands
in `ledger.py` only); `meshtastic` is imported by `sources/radio.py` only; every queue is bounded and counts what it
could not hold; intervals are measured on a clock that never jumps, the wall clock is only written down.
"""
