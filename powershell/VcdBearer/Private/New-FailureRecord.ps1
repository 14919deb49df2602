function New-FailureRecord {
    # An ErrorRecord from the fields of a failure, whether the native library settled a request with them or a command
    # found the mistake itself (then name, message and action are enough).
    #
    # Helpers return such a record instead of throwing it: a caught exception would leave a second entry in $Error, and
    # only WriteError called by the command itself shows the caller's own line.
    param(
        [hashtable] $Failure,
        # What it was about: label, site, organization. Never a token.
        [string] $Target
    )

    $table = Get-FailureTable
    $number, $category, $exceptionType = $table['Internal']
    if ($table.ContainsKey($Failure.name)) {
        $number, $category, $exceptionType = $table[$Failure.name]
    }

    $message = $Failure.message
    if ($Failure['outcome_unknown'] -eq 'true') {
        $message += ' Whether Cloud Director carried the request out is unknown.'
    }
    $exceptionType = [type] $exceptionType
    $exception = $exceptionType::new($message + ' ' + $Failure.action)
    $exception.Data['Status'] = $number
    foreach ($detail in $script:FailureDetails.Keys) {
        if ($Failure.ContainsKey($detail)) {
            $name, $type = $script:FailureDetails[$detail]
            $value = $Failure[$detail]
            if ($type -eq [bool]) {
                # Any text but an empty one converts to $true.
                $value = $value -eq 'true'
            }
            $exception.Data[$name] = $value -as $type
        }
    }

    $record = [System.Management.Automation.ErrorRecord]::new($exception, 'Vcd.' + $Failure.name, $category, $Target)
    # PowerShell 7 prints the recommendation below the message; Windows PowerShell prints the message alone.
    $text = $message
    if ($PSVersionTable.PSVersion.Major -lt 7) {
        $text = $exception.Message
    }
    $record.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($text)
    $record.ErrorDetails.RecommendedAction = $Failure.action
    $record
}

# Settled fields that a script may want to act on: their names and types in the exception's Data.
$script:FailureDetails = @{
    http_status      = 'HttpStatus', [int]
    request_id       = 'RequestId', [string]
    retryable        = 'Retryable', [bool]
    retry_after_s    = 'RetryAfterSec', [int]
    outcome_unknown  = 'OutcomeUnknown', [bool]
    presented_sha256 = 'PresentedSha256', [string]
    minor_error_code = 'MinorErrorCode', [string]
}

function New-CallFailureRecord {
    # A native function returned a failure number without a request that could explain it.
    param([string] $Function, [int] $Status)

    $table = Get-FailureTable
    $name = 'Internal'
    foreach ($candidate in $table.Keys) {
        if ($table[$candidate][0] -eq $Status) {
            $name = $candidate
        }
    }
    New-FailureRecord @{
        name    = $name
        message = "The native library refused a call: $Function returned $Status ($name)."
        action  = 'Start a new session; if it happens again, report it with this message.'
    }
}
