# One REST call, or all pages of a list.

function Invoke-RestCall {
    # The settled fields of one vcd_call with the body among them as `received` (bytes, or nothing); or an ErrorRecord.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Session, [hashtable] $Given, [string] $Path)

    $request = @{
        path         = $Path
        method       = $Given['Method']
        api_version  = $Given['ApiVersion']
        accept       = $Given['Accept']
        content_type = $Given['ContentType']
    }
    $body = ConvertTo-RequestBody $Given $request
    Invoke-SessionRequest $Cmdlet vcd_call $Session $Given $request $script:ReceiveBody $body
}

$script:ReceiveBody = {
    param($Request, $Fields)

    $length = [int] $Fields['body_length']
    if (-not $length) {
        return
    }
    $buffer = [byte[]]::new($length)
    $arguments = $Request, $buffer, $length, $null
    $status = Invoke-NativeFunction vcd_request_take_body $arguments
    if ($status -ne 0) {
        return New-CallFailureRecord vcd_request_take_body $status
    }
    , $buffer
}

function ConvertTo-RequestBody {
    # The bytes of -Body: text as it is, XML as its text, everything else as JSON. Says of what type they are, unless the caller did.
    param([hashtable] $Given, [hashtable] $Request)

    $body = $Given['Body']
    if ($null -eq $body) {
        return , [byte[]] @()
    }
    if ($body -is [byte[]]) {
        return , $body
    }
    $type = $null
    if ($body -is [xml]) {
        $type, $text = 'application/xml', $body.OuterXml
    }
    elseif ($body -is [string]) {
        $text = $body
    }
    else {
        $type, $text = 'application/json', (ConvertTo-Json -InputObject $body -Depth 30 -Compress)
    }
    if ($type -and -not $Request['content_type']) {
        $Request['content_type'] = $type
    }
    , [System.Text.Encoding]::UTF8.GetBytes($text)
}

function ConvertFrom-ResponseBody {
    # What an answer says: an object (JSON), a document (XML), text, or bytes.
    param([hashtable] $Fields)

    $bytes = $Fields['received']
    if ($null -eq $bytes) {
        return
    }
    $type = "$($Fields['content_type'])".Split(';')[0].Trim().ToLowerInvariant()
    if ($type -match '^application/octet-stream$|^image/|^application/zip$') {
        return , $bytes
    }
    # Without a byte order mark (U+FEFF), which neither parser takes.
    $text = [System.Text.Encoding]::UTF8.GetString($bytes).TrimStart([char] 65279)
    if ($type -match '[/+]json$') {
        # In parentheses: Windows PowerShell's puts out an array as one object.
        return (ConvertFrom-Json $text)
    }
    if ($type -match '[/+]xml$') {
        return , (ConvertTo-XmlDocument $text)
    }
    $text
}

function ConvertTo-XmlDocument {
    # Nothing that a document refers to is fetched, and nothing expanded.
    param([string] $Text)

    $settings = [System.Xml.XmlReaderSettings]::new()
    $settings.DtdProcessing = 'Prohibit'
    $settings.XmlResolver = $null
    $reader = [System.Xml.XmlReader]::Create([System.IO.StringReader]::new($Text), $settings)
    try {
        $document = [xml]::new()
        $document.XmlResolver = $null
        $document.Load($reader)
        , $document
    }
    finally {
        $reader.Dispose()
    }
}

function Get-PageItem {
    # The records of one page of a list.
    param([object] $Page)

    if ($Page -is [xml]) {
        # Link elements say how to go on; everything else is a record.
        return $Page.DocumentElement.ChildNodes | Where-Object { $_.NodeType -eq 'Element' -and $_.LocalName -ne 'Link' }
    }
    foreach ($name in 'values', 'record', 'reference') {
        if ($null -ne $Page -and $Page.PSObject.Properties[$name]) {
            return $Page.$name
        }
    }
    $Page
}

function Get-PageTotal {
    # How many records a list has, if its page tells.
    param([object] $Page)

    if ($Page -is [xml]) {
        return $Page.DocumentElement.GetAttribute('total') -as [int]
    }
    foreach ($name in 'resultTotal', 'total') {
        if ($null -ne $Page -and $Page.PSObject.Properties[$name]) {
            return $Page.$name -as [int]
        }
    }
}
