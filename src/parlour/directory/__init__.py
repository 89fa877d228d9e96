"""People, endpoints, SIP domains and pools of the built-in directory."""
