"""Files, threads, pictures and options that all subjects share."""
