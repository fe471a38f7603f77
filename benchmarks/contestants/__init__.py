"""Who runs: one module for each, with a class ``Contestant`` of the form in ``form``, and two start-up scripts."""
