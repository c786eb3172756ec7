"""Makes what the pages of docs/ say about bytes, times and tables out of the code that does it.

    python -m tools.travels             writes the made parts of every page anew
    python -m tools.travels --check     changes nothing; exit 1 when a page is not what would be made now

A page is written by hand but for what stands between `<!-- made: NAME -->` and `<!-- end -->`.
"""
