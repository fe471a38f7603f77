"""One call, and where Python runs: processes, threads, loops, notebooks; what is seen from outside."""
