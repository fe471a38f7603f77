"""Mustachio, the language of Postmark's templates: parsed, rendered, validated. Uses nothing else of the package."""
