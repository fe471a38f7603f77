"""One module for each section of the inbox: its routes, and what its pages show.

What two sections need belongs beside this folder.
"""
