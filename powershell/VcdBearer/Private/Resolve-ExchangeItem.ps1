function Resolve-ExchangeItem {
    # What one item asks for: Server, Org ('System' for the provider), ApiToken (SecureString or string), Label; or Failure, an
    # ErrorRecord. What the item lacks comes from the parameters, then from the environment, then from whoever sits there.
    param([hashtable] $Queue, [object] $InputObject)

    $item = @{}
    if ($Queue.HasInput) {
        $item = Read-InputObject $InputObject
        if ($item.ContainsKey('Failure')) {
            return $item
        }
    }
    $item.Failure = Add-DefaultValue $Queue $item
    if ($item.Failure) {
        return $item
    }
    $item.Failure, $item.ApiToken, $user = Resolve-ApiToken $item.ApiToken
    if (-not $item['Label']) {
        $item.Label = $user
    }
    $item
}

function Read-InputObject {
    # The values of an object from the pipeline: a token, or a row with Server, Org, ApiToken and Name.
    param([object] $InputObject)

    if ($InputObject -is [string] -or $InputObject -is [securestring] -or $InputObject -is [pscredential]) {
        return @{ ApiToken = $InputObject }
    }
    $row = @{}
    $isRow = $false
    if ($null -ne $InputObject -and $InputObject.PSObject.TypeNames -notcontains 'VcdBearer.Session') {
        foreach ($name in 'Server', 'Org', 'ApiToken', 'Name') {
            $value = $null
            if ($InputObject -is [System.Collections.IDictionary]) {
                $hasCell = $InputObject.Contains($name)
                $value = $InputObject[$name]
            }
            elseif ($hasCell = $null -ne $InputObject.PSObject.Properties[$name]) {
                $value = $InputObject.$name
            }
            if ($hasCell -and $name -ne 'Name') {
                $isRow = $true
            }
            # An empty cell of a table is as good as none.
            if ($null -ne $value -and $value -isnot [string] -or $value) {
                $row[$name] = $value
            }
        }
    }
    if ($isRow) {
        $row.Label = [string] $row['Name']
        return $row
    }
    @{
        Failure = New-FailureRecord @{
            name    = 'UnsupportedInput'
            message = "$(Get-TypeText $InputObject) came through the pipeline."
            action  = 'Pipe API tokens (SecureString, PSCredential or string), or rows with Server, Org, ApiToken and Name.'
        }
    }
}

function Get-TypeText {
    # The words for the type of a value in a message; never the value.
    param([object] $Value)

    if ($null -eq $Value) {
        return 'Nothing ($null)'
    }
    "An object of the type $($Value.PSObject.TypeNames[0])"
}

function Add-DefaultValue {
    # Adds what an item lacks; returns the ErrorRecord that names what is nowhere to be had.
    param([hashtable] $Queue, [hashtable] $Item)

    $given = $Queue.Given
    foreach ($name in 'Server', 'Org', 'ApiToken') {
        if (-not $Item.ContainsKey($name)) {
            if ($name -eq 'Org' -and $given['Provider']) {
                $Item.Org = 'System'
            }
            elseif ($given.ContainsKey($name)) {
                $Item[$name] = $given[$name]
            }
        }
    }
    if ($Item.ContainsKey('Server') -and $Item.ContainsKey('Org') -and $Item.ContainsKey('ApiToken')) {
        return
    }

    $hint = Add-EnvironmentValue $Item
    $missing = @('Server', 'Org', 'ApiToken' | Where-Object { -not $Item.ContainsKey($_) })
    if (-not $missing) {
        return
    }
    if ($Queue.HasInput -and $missing -contains 'ApiToken') {
        # One answer would go to every site that follows.
        return New-MissingFailureRecord $missing $hint
    }
    $failure = Read-MissingValue $Queue.Cmdlet $given $missing $hint
    foreach ($name in $missing) {
        $Item[$name] = $given[$name]
    }
    $failure
}

function Resolve-ApiToken {
    # The ErrorRecord that says why it is none ($null if all is well), the secret (SecureString or string), and the user name
    # that it brings along.
    param([object] $ApiToken)

    if ($ApiToken -is [pscredential]) {
        $password = $ApiToken.Password
        if ($null -eq $password) {
            $password = ''
        }
        return $null, $password, $ApiToken.UserName
    }
    if ($ApiToken -is [securestring] -or $ApiToken -is [string]) {
        return $null, $ApiToken, $null
    }
    $failure = New-FailureRecord @{
        name    = 'InvalidToken'
        message = "$(Get-TypeText $ApiToken) was given as API token."
        action  = 'Give a SecureString, a PSCredential whose password is the API token, or a string.'
    }
    $failure, $null, $null
}
