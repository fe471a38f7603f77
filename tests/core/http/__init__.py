"""Requests, answers, errors, repeats, connections."""
