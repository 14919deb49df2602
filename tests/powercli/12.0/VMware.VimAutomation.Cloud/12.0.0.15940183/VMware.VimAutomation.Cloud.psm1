# The module of PowerCLI 12.0 to 12.7, as measured.
. "$PSScriptRoot/../../../Double.ps1" -ApiVersion 31.0 -SessionHeader x-vcloud-authorization
