# The text that travels between PowerShell and the native library: lines of name=value in UTF-8, each ended by a line
# feed; in a value \n, \r and \\ stand for line feed, carriage return and backslash. (No regular expressions: making the
# first one of a process takes longer than all of this.)

function ConvertTo-FieldBytes {
    # Values that are $null are left out.
    param($Fields)

    $text = ''
    foreach ($name in $Fields.Keys) {
        if ($null -ne $Fields[$name]) {
            # NUL cannot travel; another control character is refused in its place.
            $value = "$($Fields[$name])".Replace('\', '\\').Replace("`n", '\n').Replace("`r", '\r').Replace("`0", "`a")
            $text += "$name=$value`n"
        }
    }
    , [System.Text.Encoding]::UTF8.GetBytes($text)
}

function ConvertFrom-FieldBytes {
    # A hashtable of texts; of arrays of texts where a name is repeated.
    param($Bytes)

    ConvertFrom-FieldText ([System.Text.Encoding]::UTF8.GetString($Bytes))
}

function Split-FieldRecord {
    # The hashtables of several records, which empty lines separate.
    param($Bytes)

    # No value has a line feed of its own.
    foreach ($record in [System.Text.Encoding]::UTF8.GetString($Bytes) -split "\n\n") {
        if ($record) {
            ConvertFrom-FieldText $record
        }
    }
}

function ConvertFrom-FieldText {
    param($Text)

    $fields = @{}
    foreach ($line in $Text.Split("`n")) {
        if (-not $line) {
            # Behind the last line feed.
            continue
        }
        $name, $value = $line.Split('=', 2)
        if ($value.Contains('\')) {
            $value = Expand-FieldValue $value
        }
        if ($fields.ContainsKey($name)) {
            $value = @($fields[$name]) + $value
        }
        $fields[$name] = $value
    }
    $fields
}

function Expand-FieldValue {
    # The value that a line stands for. (A function of its own: few values need it.)
    param($Value)

    # Between pairs of backslashes only \n and \r are left.
    ($Value -split '\\\\' -replace '\\n', "`n" -replace '\\r', "`r") -join '\'
}
