"""Lists read page after page.

What to ask for next is decided in ``cursor`` and ``windows``, without I/O; ``iterators`` ask for it. A single page is
an ordinary call. May use ``http`` and ``schema``; the calls themselves are handed in.
"""
