"""The door for browsers and programs: so far, the files of rooms."""
