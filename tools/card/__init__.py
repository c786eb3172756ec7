"""Makes the resident's card, docs/resident-card/, out of the tables that beacons run by.

    python -m tools.card             writes every card anew
    python -m tools.card --check     changes nothing; exit 1 when a card is not what would be made now

A card is drawn once, as a list of shapes, and written as SVG and as PDF: equal tables, equal bytes.
"""
