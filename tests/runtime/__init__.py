"""Where Python runs: processes, threads, loops; what is read; how lists are walked; what is seen from outside."""
