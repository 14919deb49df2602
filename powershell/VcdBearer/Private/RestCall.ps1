# One REST call.

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
    $result = Invoke-SessionRequest $Cmdlet vcd_call $Session $Given $request $script:ReceiveBody $body
    Write-CallStory $Cmdlet $result $Given $Path
    $result
}

function Write-CallStory {
    # What was called and what came of it, for -Verbose.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [object] $Result, [hashtable] $Given, [string] $Path)

    $method = if ($Given['Method']) { $Given['Method'].ToUpperInvariant() } else { 'GET' }
    $status, $id, $version = if ($Result -is [hashtable]) {
        $Result['http_status'], $Result['request_id'], $Result['api_version']
    }
    else {
        $Result.Exception.Data['HttpStatus'], $Result.Exception.Data['RequestId']
    }
    if (-not $version) {
        $version = $Given['ApiVersion']
    }
    $parts = @(
        if ($version) { "API version $version" }
        if ($status) { "HTTP status $status" } else { 'no answer' }
        if ($id) { "request id $id" }
    )
    $Cmdlet.WriteVerbose("$method $Path`: $($parts -join ', ').")
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
        # ConvertFrom-Json wraps arrays there, and Windows PowerShell's ConvertTo-Json writes of the wrapper { "value": [], "Count": 0 }.
        if ($body -is [array]) {
            $body = $body.PSObject.BaseObject
        }
        $type, $text = 'application/json', (ConvertTo-Json -InputObject $body -Depth 30 -Compress)
    }
    if ($type -and -not $Request['content_type']) {
        $Request['content_type'] = $type
    }
    , [System.Text.Encoding]::UTF8.GetBytes($text)
}
