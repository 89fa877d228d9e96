"""Administration: one definition of each cmdlet serves the shell, REST, remoting, documents and roles."""
