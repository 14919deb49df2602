# The module of PowerCLI 13.1, as it is assumed to be from what people report.
. "$PSScriptRoot/../../../Double.ps1" -ApiVersion 37.0 -SessionHeader Authorization -QuotesServer
