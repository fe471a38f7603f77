"""What Postmark's documents say, whoever runs: the API's description, limits, words, forms of JSON and dates.

A rule that looks at a mail or a record belongs to the room of that. Uses no other room.
"""
