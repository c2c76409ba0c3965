"""The pretended vendors: the desk, the script, the faults, the server and the command."""
