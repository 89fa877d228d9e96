"""The cmdlets, by noun. Each is defined once, for every surface."""
