# The exchanges of one call of Get-VcdBearer, in the order of its input: sent ahead, put out in turn. A call with
# parameters is a queue of one.
#
# The queue is a hashtable:
#   Cmdlet, Given       the command and its parameters
#   Watched             the command, if its clients stay open while others of the pipeline run
#   HasInput            whether items come as input, and not as parameters
#   Options             what Resolve-ConnectionOption made of them
#   Client              handle of the native client
#   UncheckedClient     that of the one that leaves out the certificate check, where the environment asks for it
#   Items               what was added and not put out
#   Added               how many so far
#   LookAhead           how many may be waiting at once
#   SavesNewToken       whether a new API token goes into a file, because no session object with it reaches the caller
#   Failed, ShownAt     for the display of progress

function Open-ExchangeQueue {
    # A queue, or the ErrorRecord that says which parameters make none.
    param($Cmdlet, $Given)

    $ErrorActionPreference = 'Stop'
    $failure = Test-ExchangeParameter $Given
    if ($failure) {
        return $failure
    }
    $options = Resolve-ConnectionOption $Cmdlet $Given
    if ($options -is [System.Management.Automation.ErrorRecord]) {
        return $options
    }
    if ($Given['SkipCertificateCheck']) {
        Write-UncheckedWarning $Cmdlet '-SkipCertificateCheck'
    }

    # With parameters, nothing else runs while the client is open.
    $watched = if ($Cmdlet.MyInvocation.ExpectingInput) { $Cmdlet }
    $client = Open-NativeClient $options $watched
    if ($client -is [System.Management.Automation.ErrorRecord]) {
        return $client
    }
    @{
        Cmdlet          = $Cmdlet
        Watched         = $watched
        Given           = $Given
        HasInput        = $Cmdlet.MyInvocation.ExpectingInput -or $Given.ContainsKey('InputObject')
        Options         = $options
        Client          = $client
        UncheckedClient = $null
        Items           = [System.Collections.Queue]::new()
        Added           = 0
        SavesNewToken   = Test-BareToken $Given
        LookAhead       = if ($Given['ThrottleLimit']) { $Given['ThrottleLimit'] * 2 } else { 32 }
        Failed          = 0
        ShownAt         = $null
    }
}

function Close-ExchangeQueue {
    # What was not sent never is; sessions that nobody received are ended, new API tokens saved.
    param($Queue)

    # First of all: after Ctrl+C the first statement that writes anything would be the last to run.
    Close-NativeClient $Queue['Client']
    if ($Queue['UncheckedClient']) {
        Close-NativeClient $Queue['UncheckedClient']
    }
}

function Test-ExchangeParameter {
    # The ErrorRecord for parameters that contradict each other or are out of range; nothing if all is well. (Those of the
    # connection are checked where it is prepared.)
    param($Given)

    if ($Given['Provider'] -and $Given['Org'] -and $Given['Org'].Trim() -ne 'System') {
        return New-OptionFailureRecord '-Provider contradicts -Org: the provider is the organization System.' (
            "Leave out -Provider for a tenant, or -Org for the provider. $script:DefaultAdvice -Org `$null.")
    }
    if ($Given['ApiToken'] -and $Given['TokenFile']) {
        return New-OptionFailureRecord '-ApiToken contradicts -TokenFile.' (
            "Use one of them. $script:DefaultAdvice -TokenFile `$null.")
    }
    if ($Given['AsSecureString'] -and $Given['AsPlainText']) {
        return New-OptionFailureRecord '-AsSecureString contradicts -AsPlainText.' 'Use one of them.'
    }
    if ($Given['SessionIdKind'] -eq 'Legacy' -and (Test-BareToken $Given)) {
        return New-OptionFailureRecord '-SessionIdKind Legacy contradicts -AsSecureString and -AsPlainText.' (
            'Leave them out: only the session object has a session id.')
    }
    if ($Given['ForceRefresh'] -and $Given['NoCache']) {
        return New-OptionFailureRecord '-ForceRefresh contradicts -NoCache.' (
            'Use -ForceRefresh for a new session that others may share, -NoCache for one of your own.')
    }
    if ($Given.ContainsKey('ThrottleLimit')) {
        Test-Range $Given ThrottleLimit 1 1000
    }
}

function Add-Exchange {
    # Sends the exchange that the next item asks for, or notes why it cannot be sent.
    param($Queue, $InputObject)

    $ErrorActionPreference = 'Stop'
    $item = Resolve-ExchangeItem $Queue $InputObject
    if ($VerbosePreference -ne 'SilentlyContinue') {
        Write-ExchangeStart $Queue $item
    }
    $Queue['Items'].Enqueue((Send-Exchange $Queue $item))
    $Queue['Added']++
    # Once a call, while the first answer is on its way: it looks for PowerCLI in folders.
    if ($Queue['Added'] -eq 1 -and -not (Test-BareToken $Queue['Given'])) {
        Initialize-SessionClass
    }
}

function Send-Exchange {
    # Sends an item of Resolve-ExchangeItem and returns what waits in the queue:
    #   Request                handle of the request, or the ErrorRecord that says why there is none
    #   Client                 handle of its native client
    #   Server, Org, Label     as they were asked for
    #   Unchecked              whether the environment turned off the certificate check
    # The queue lives as long as the pipeline; the token need not.
    param($Queue, $Item)

    $request = $Item['Failure']
    $client = $Queue['Client']
    $isUnchecked = $false
    if (-not $request -and $Queue['Options']['MayBeUnchecked'] -and (Test-EnvironmentSite $Item['Server'])) {
        $isUnchecked = $true
        $client = Get-UncheckedClient $Queue
        if ($client -is [System.Management.Automation.ErrorRecord]) {
            $request = $client
        }
    }
    if (-not $request) {
        # The older kind of session id takes a further question.
        $operation = if ($Queue['Given']['SessionIdKind'] -eq 'Legacy') { 'vcd_connect' } else { 'vcd_exchange' }
        $request = Send-NativeRequest $operation $client (New-ExchangeRequest $Queue $Item) $Item['ApiToken']
    }
    @{
        Request   = $request
        Client    = $client
        Server    = $Item['Server']
        Org       = $Item['Org']
        Label     = $Item['Label']
        Unchecked = $isUnchecked
    }
}

function Get-UncheckedClient {
    # The handle of a client that does not check certificates, or an ErrorRecord.
    param($Queue)

    if (-not $Queue['UncheckedClient']) {
        Write-UncheckedWarning $Queue['Cmdlet'] 'VCD_ALLOW_UNVERIFIED_SSL'
        $client = Open-NativeClient (Get-UncheckedOption $Queue['Options']) $Queue['Watched']
        if ($client -is [System.Management.Automation.ErrorRecord]) {
            return $client
        }
        $Queue['UncheckedClient'] = $client
    }
    $Queue['UncheckedClient']
}

function New-ExchangeRequest {
    # The request's fields for the native library.
    param($Queue, $Item)

    $given = $Queue['Given']
    @{
        server             = $Item['Server']
        org                = $Item['Org']
        label              = $Item['Label']
        token_file         = $Item['TokenFile']
        system_proxy       = Resolve-SystemProxy $Queue['Options'] $Item['Server']
        # Each with its else: in a table, Windows PowerShell takes the line after an if without one for a part of it.
        legacy_id          = if ($given['SessionIdKind'] -eq 'Legacy') { 'true' } else { $null }
        force_refresh      = if ($given['ForceRefresh']) { 'true' } else { $null }
        # Whoever gets the bare token has no number to release a shared session by.
        no_cache           = if ((Test-BareToken $given) -or $given['NoCache']) { 'true' } else { $null }
        save_new_api_token = if ($Queue['SavesNewToken']) { 'true' } else { $null }
    }
}

function Test-BareToken {
    # Whether the caller wants the access token alone.
    param($Given)

    $Given['AsSecureString'] -or $Given['AsPlainText']
}

function Receive-Exchange {
    # The first waiting item's results (sessions and ErrorRecords; mostly one) in an array; $null where it has not settled and
    # no more are waiting than may.
    param($Queue, $MayWait)

    $ErrorActionPreference = 'Stop'
    $waiting = $Queue['Items'].Count
    if (-not $waiting) {
        return
    }
    $item = $Queue['Items'].Peek()
    $index = $Queue['Added'] - $waiting
    $results = $item['Request']
    if ($results -isnot [System.Management.Automation.ErrorRecord]) {
        $fields = Wait-Exchange $Queue $item ($waiting -gt $MayWait)
        if ($null -eq $fields) {
            return
        }
        $results = Receive-ExchangeResult $Queue $item $index $fields
        $null = Invoke-NativeFunction vcd_request_close $item['Request']
    }
    $null = $Queue['Items'].Dequeue()
    $results = foreach ($result in $results) {
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            $Queue['Failed']++
            $result = New-ItemFailureRecord $Queue $item $index $result
            if ($VerbosePreference -ne 'SilentlyContinue') {
                Write-ExchangeFailure $Queue['Cmdlet'] (Get-ItemName $Queue $item $index) $result
            }
        }
        $result
    }
    , @($results)
}

function Wait-Exchange {
    # The settled fields of an item, or an ErrorRecord; nothing if it has not settled and is not to be waited for.
    param($Queue, $Item, $IsPatient)

    $milliseconds = if ($IsPatient) { 100 } else { 0 }
    while ($null -eq ($fields = Read-SettledRequest $Item['Client'] $Item['Request'] $milliseconds)) {
        if (-not $IsPatient) {
            return
        }
        Show-ExchangeProgress $Queue
    }
    if ($Queue['HasInput']) {
        Show-ExchangeProgress $Queue
    }
    $fields
}

# What Get-VcdBearer does with each item and at the end: sends it, puts out what has settled, in order, and waits while more than
# so many are waiting. Dot-sourced: $PSCmdlet shows the caller's own line only for errors that the command writes itself.
$script:ExchangeStep = {
    param($MayWait, $IsItem)

    $isDone = $false
    try {
        if ($IsItem) {
            Add-Exchange $queue $InputObject
        }
        while ($null -ne ($results = Receive-Exchange $queue $MayWait)) {
            foreach ($result in $results) {
                if ($result -is [System.Management.Automation.ErrorRecord]) {
                    . $script:FailureStep $result
                }
                else {
                    $result
                }
            }
        }
        $isDone = $true
    }
    finally {
        # Also where a command further down the pipeline fails or stops it.
        if (-not $isDone) {
            Close-ExchangeQueue $queue
            Hide-ExchangeProgress $queue
        }
    }
}
