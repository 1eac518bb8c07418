"""The print agent: a small program beside the printers, which prints what the desk asks for.

It knows the desk's API and its printers, and no table. Each job is printed once, whenever the
agent is killed: its journal is written before a printer hears of the job and after it did.
"""
