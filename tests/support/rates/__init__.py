"""A gate on a time of ours, in front of a plain model of an exchange that counts."""
