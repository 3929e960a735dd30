"""The command line: run, console, init, verify, journal, receipt, rebuild, doctor."""
