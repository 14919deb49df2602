# What the answer to a REST call says.

function ConvertFrom-ResponseBody {
    # An object (JSON), a document (XML), text, or bytes; an ErrorRecord for an answer that is not what its type says.
    param([hashtable] $Fields, [string] $Path)

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
    try {
        if ($type -match '[/+]json$') {
            # In parentheses: Windows PowerShell's puts out an array as one object.
            return (ConvertFrom-Json $text -ErrorAction Stop)
        }
        if ($type -match '[/+]xml$' -and $type -notmatch 'html') {
            return , (ConvertTo-XmlDocument $text)
        }
    }
    catch {
        # One entry in $Error is enough, and it is the command's.
        $global:Error.RemoveAt(0)
        # Without the parser's words: in Windows PowerShell they end with the whole answer.
        return New-AnswerFailureRecord $Fields 'AnswerMalformed' "The answer cannot be read as $type." (
            '-OutFile keeps it as it came. If it is cut or changed, check what stands between this machine and the server ' +
            '(proxy, load balancer).')
    }
    if ($type -match 'html' -and $Path -match '^(https://[^/]+)?/(cloud)?api(/|\?|$)') {
        return New-AnswerFailureRecord $Fields 'NotCloudDirector' 'A page for browsers was answered in place of data.' (
            'Check that no portal, proxy or log-in page answers in the place of Cloud Director.')
    }
    $text
}

function New-AnswerFailureRecord {
    # The ErrorRecord for an answer that came and is of no use.
    param([hashtable] $Fields, [string] $Name, [string] $Message, [string] $Action)

    New-FailureRecord ($Fields + @{ name = $Name; message = $Message; action = $Action }) $Fields['server']
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
