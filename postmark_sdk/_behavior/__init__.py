"""What generated classes inherit: what a model or a resource can do beyond what a description says.

A class belongs here if the description names it (``x-postmark-mixin``), and so do the helpers that only such classes
need. What works without a generated class belongs into ``_core``, what reads or checks a webhook call into
``_webhooks``. May use ``_core``. The generated classes are named for type checkers alone, because each of them inherits
from here; at run time they come from ``_core.schema.generated``.
"""
