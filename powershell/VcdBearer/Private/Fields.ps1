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
    # A hashtable of texts; of arrays of texts where a name is repeated.
    param([byte[]] $Bytes, [object] $Length)

    ConvertFrom-FieldText ([System.Text.Encoding]::UTF8.GetString($Bytes, 0, $Length))
}

function Split-FieldRecord {
    # The hashtables of several records, which empty lines separate.
    param([byte[]] $Bytes, [object] $Length)

    # No value has a line feed of its own.
    $text = [System.Text.Encoding]::UTF8.GetString($Bytes, 0, $Length)
    foreach ($record in $text -split "\n\n") {
        if ($record) {
            ConvertFrom-FieldText $record
        }
    }
}

function ConvertFrom-FieldText {
    param([string] $Text)

    $fields = @{}
    foreach ($line in $Text.Split("`n")) {
        $end = $line.IndexOf('=')
        if ($end -gt 0) {
            $value = $line.Substring($end + 1)
            if ($value.Contains('\')) {
                # Between pairs of backslashes only \n and \r are left.
                $value = ($value -split '\\\\' -replace '\\n', "`n" -replace '\\r', "`r") -join '\'
            }
            $name = $line.Substring(0, $end)
            if ($fields.ContainsKey($name)) {
                $value = @($fields[$name]) + $value
            }
            $fields[$name] = $value
        }
    }
    $fields
}
