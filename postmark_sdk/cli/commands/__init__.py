"""The commands, a module or package each; its ``app`` is what it adds to ``postmark`` under its own name.

A command reads its options, calls the SDK and says how the answer is shown. Packages of the SDK and the command's own
helpers are imported where they are used, so that ``--help`` and completion do not wait for them.
"""
