"""Backups: two encrypted files for one moment, what the desk knows and the orders' keys.

The keys' file lives only as many days as Settings › Personal data says (and the retention rules
are brought forward by so many days): whatever was erased since is unreadable in every older
backup, because nothing that opens it exists any more.
"""
