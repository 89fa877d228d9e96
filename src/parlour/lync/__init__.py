"""What Lync-style clients expect: sign-in and signing, provisioning, presence, and XCCOS chat."""
