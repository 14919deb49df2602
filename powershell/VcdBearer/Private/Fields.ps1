# The text that travels between PowerShell and the native library: lines of name=value in UTF-8, each ended by a line
# feed; in a value \n, \r and \\ stand for line feed, carriage return and backslash. (No regular expressions: making the
# first one of a process takes longer than all of this.)

function ConvertTo-FieldBytes {
    # Values that are $null are left out.
    param([hashtable] $Fields)

    $text = ''
    foreach ($name in $Fields.Keys) {
        if ($null -ne $Fields[$name]) {
            $value = [string] $Fields[$name]
            # NUL cannot travel; another control character is refused in its place.
            foreach ($pair in $script:FieldEscapes) {
                $value = $value.Replace($pair[0], $pair[1])
            }
            $text += "$name=$value`n"
        }
    }
    , [System.Text.Encoding]::UTF8.GetBytes($text)
}

$script:FieldEscapes = @('\', '\\'), @("`n", '\n'), @("`r", '\r'), @("`0", "$([char] 1)")

function ConvertFrom-FieldBytes {
    # A hashtable of texts.
    param([byte[]] $Bytes, [object] $Length)

    $fields = @{}
    foreach ($line in [System.Text.Encoding]::UTF8.GetString($Bytes, 0, $Length).Split("`n")) {
        $end = $line.IndexOf('=')
        if ($end -gt 0) {
            $value = $line.Substring($end + 1)
            if ($value.Contains('\')) {
                # Between pairs of backslashes only \n and \r are left.
                $value = ($value -split '\\\\' -replace '\\n', "`n" -replace '\\r', "`r") -join '\'
            }
            $fields[$line.Substring(0, $end)] = $value
        }
    }
    $fields
}
