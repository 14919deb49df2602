# The text that travels between PowerShell and the native library: lines of name=value in UTF-8, each ended by a line
# feed; in a value \n, \r and \\ stand for line feed, carriage return and backslash.

function ConvertTo-FieldBytes {
    # Values that are $null are left out.
    param([hashtable] $Fields)

    $text = ''
    foreach ($name in $Fields.Keys) {
        if ($null -ne $Fields[$name]) {
            # NUL cannot travel; another control character is refused in its place.
            $value = $Fields[$name] -replace '\\', '\\' -replace "`n", '\n' -replace "`r", '\r' -replace "`0", [char] 1
            $text += "$name=$value`n"
        }
    }
    , [System.Text.Encoding]::UTF8.GetBytes($text)
}

function ConvertFrom-FieldBytes {
    # A hashtable of texts; a name that stands twice keeps its last value.
    param([byte[]] $Bytes, [int] $Length)

    $fields = @{}
    foreach ($line in [System.Text.Encoding]::UTF8.GetString($Bytes, 0, $Length) -split "`n") {
        $name, $value = $line -split '=', 2
        if ($null -ne $value) {
            # Between pairs of backslashes only \n and \r are left.
            $parts = $value -split '\\\\' -replace '\\n', "`n" -replace '\\r', "`r"
            $fields[$name] = $parts -join '\'
        }
    }
    $fields
}
