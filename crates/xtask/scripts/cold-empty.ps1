# What both pay: a PowerShell process that does nothing.
