"""Answers as no server should write them: mutations of the description's examples, and coverage-guided bytes."""
