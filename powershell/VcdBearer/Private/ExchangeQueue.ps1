# The exchanges of one call of Get-VcdBearer, in the order of its input: sent ahead, put out in turn. A call with
# parameters is a queue of one.
#
# The queue is a hashtable:
#   Cmdlet, Given       the command and its parameters
#   Watched             the command, if its clients stay open while others of the pipeline run
#   HasInput            whether items come as input, and not as parameters
#   Options             what Resolve-ConnectionOption made of them
#   Clients             handles of native clients; the key says whether they leave out the certificate check
#   Items               what was added and not put out, by number
#   Added, Delivered    how many so far
#   LookAhead           how many may be waiting at once
#   Failed, ShownAt     for the display of progress

function Open-ExchangeQueue {
    # A queue, or the ErrorRecord that says which parameters make none.
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [hashtable] $Given)

    $ErrorActionPreference = 'Stop'
    $failure = Test-ExchangeParameter $Given
    if ($failure) {
        return $failure
    }
    $options = Resolve-ConnectionOption $Cmdlet $Given
    if ($options -is [System.Management.Automation.ErrorRecord]) {
        return $options
    }
    if ($options.Kept.SkipCertificateCheck) {
        Write-UncheckedWarning $Cmdlet '-SkipCertificateCheck'
    }
    $limit = 16
    if ($Given.ContainsKey('ThrottleLimit')) {
        $limit = $options.Client.max_in_flight = $Given.ThrottleLimit
    }

    # With parameters, nothing else runs while the client is open.
    $watched = if ($Cmdlet.MyInvocation.ExpectingInput) { $Cmdlet }
    $failure, $client = Open-NativeClient $options $watched
    if ($failure) {
        return $failure
    }
    @{
        Cmdlet    = $Cmdlet
        Watched   = $watched
        Given     = $Given
        HasInput  = $Cmdlet.MyInvocation.ExpectingInput -or $Given.ContainsKey('InputObject')
        Options   = $options
        Clients   = @{ $false = $client }
        Items     = @{}
        Added     = 0
        Delivered = 0
        LookAhead = 2 * $limit
        Failed    = 0
        ShownAt   = $null
    }
}

function Close-ExchangeQueue {
    # What was not sent never is; sessions that nobody received are ended, new API tokens saved.
    param([hashtable] $Queue)

    # First of all: after Ctrl+C the first statement that writes anything would be the last to run.
    foreach ($client in $Queue.Clients.Values) {
        Close-NativeClient $client
    }
}

function Test-ExchangeParameter {
    # The ErrorRecord for parameters that contradict each other or are out of range; nothing if all is well. (Those of the
    # connection are checked where it is prepared.)
    param([hashtable] $Given)

    if ($Given['Provider'] -and $Given.ContainsKey('Org') -and $Given['Org'].Trim() -ne 'System') {
        return New-OptionFailureRecord '-Provider contradicts -Org: the provider is the organization System.' (
            'Leave out -Provider for a tenant, or -Org for the provider.')
    }
    if ($Given['AsSecureString'] -and $Given['AsPlainText']) {
        return New-OptionFailureRecord '-AsSecureString contradicts -AsPlainText.' 'Use one of them.'
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
    param([hashtable] $Queue, [object] $InputObject)

    $ErrorActionPreference = 'Stop'
    $item = Resolve-ExchangeItem $Queue $InputObject
    if (-not $item.Failure) {
        $item.Unchecked = $Queue.Options.MayBeUnchecked -and (Test-EnvironmentSite $item.Server)
        $item.Failure, $item.Client = Get-ExchangeClient $Queue $item.Unchecked
    }
    if (-not $item.Failure) {
        $request = New-ExchangeRequest $Queue $item
        $status, $item.Request = Send-NativeRequest vcd_exchange $item.Client $request $item.ApiToken
        if ($status -ne 0) {
            $item.Failure = New-CallFailureRecord vcd_exchange $status
        }
    }
    # The queue lives as long as the pipeline; the token need not.
    $item.Remove('ApiToken')
    $Queue.Items[$Queue.Added] = $item
    $Queue.Added++
}

function Get-ExchangeClient {
    # The ErrorRecord that says why not ($null if all is well), and the handle of a client that checks certificates or not.
    param([hashtable] $Queue, [bool] $Unchecked)

    if (-not $Queue.Clients.ContainsKey($Unchecked)) {
        Write-UncheckedWarning $Queue.Cmdlet 'VCD_ALLOW_UNVERIFIED_SSL'
        $options = Get-UncheckedOption $Queue.Options
        $failure, $client = Open-NativeClient $options $Queue.Watched
        if ($failure) {
            return $failure, $null
        }
        $Queue.Clients[$Unchecked] = $client
    }
    $null, $Queue.Clients[$Unchecked]
}

function New-ExchangeRequest {
    # The request's fields for the native library.
    param([hashtable] $Queue, [hashtable] $Item)

    $fields = @{
        server       = $Item.Server
        org          = $Item.Org
        label        = $Item.Label
        system_proxy = Resolve-SystemProxy $Queue.Options $Item.Server
    }
    if ($Queue.Given['ForceRefresh']) {
        $fields.force_refresh = 'true'
    }
    $bare = Test-BareToken $Queue.Given
    if ($bare -or $Queue.Given['NoCache']) {
        # Whoever gets the bare token has no number to release a shared session by.
        $fields.no_cache = 'true'
    }
    if ($bare) {
        # Only the session object has a place for a new API token.
        $fields.save_new_api_token = 'true'
    }
    $fields
}

function Test-BareToken {
    # Whether the caller wants the access token alone.
    param([hashtable] $Given)

    $Given['AsSecureString'] -or $Given['AsPlainText']
}

function Receive-Exchange {
    # The first waiting item's results (sessions and ErrorRecords; mostly one) in an array; $null where it has not settled and
    # no more are waiting than may.
    param([hashtable] $Queue, [object] $MayWait)

    $ErrorActionPreference = 'Stop'
    $index = $Queue.Delivered
    if ($index -eq $Queue.Added) {
        return
    }
    $item = $Queue.Items[$index]
    if ($item.Failure) {
        $results = $item.Failure
    }
    else {
        $patience = if ($Queue.Added - $index -gt $MayWait) { 100 } else { 0 }
        while ($null -eq ($fields = Read-SettledRequest $item.Client $item.Request $patience)) {
            if (-not $patience) {
                return
            }
            Show-ExchangeProgress $Queue
        }
        Show-ExchangeProgress $Queue
        $results = Receive-ExchangeResult $Queue $item $index $fields
        $null = Invoke-NativeFunction vcd_request_close $item.Request
    }
    $Queue.Items.Remove($index)
    $Queue.Delivered++
    foreach ($result in $results) {
        if ($result -is [System.Management.Automation.ErrorRecord]) {
            $Queue.Failed++
            $result.Exception.Data['InputIndex'] = $index
            if ($item['Label']) {
                $result.Exception.Data['Label'] = $item.Label
            }
        }
    }
    , @($results)
}

# What Get-VcdBearer does with each item and at the end: sends it, puts out what has settled, in order, and waits while more than
# so many are waiting. Dot-sourced: $PSCmdlet shows the caller's own line only for errors that the command writes itself.
$script:ExchangeStep = {
    param([object] $MayWait, [object] $IsItem)

    $isDone = $false
    try {
        if ($IsItem) {
            Add-Exchange $queue $InputObject
            # While the answer is on its way.
            Register-SessionConverter
        }
        while ($null -ne ($results = Receive-Exchange $queue $MayWait)) {
            foreach ($result in $results) {
                if ($result -is [System.Management.Automation.ErrorRecord]) {
                    $PSCmdlet.WriteError($result)
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
        }
    }
}
