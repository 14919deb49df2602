function Resolve-ExchangeItem {
    # What one item asks for: Server, Org ('System' for the provider), ApiToken (SecureString or string, empty with a file),
    # TokenFile (a full path), Label; or Failure, an ErrorRecord. What the item lacks comes from the parameters, then from the
    # environment, then from whoever sits there.
    param($Queue, $InputObject)

    $item = @{}
    if ($Queue['HasInput']) {
        $item = Read-InputObject $Queue $InputObject
    }
    if (-not $item['Failure']) {
        $failure = Add-DefaultValue $Queue $item
        if (-not $failure) {
            $failure = if ($item.ContainsKey('TokenFile')) { Resolve-TokenFile $Queue $item } else { Resolve-ApiToken $item }
        }
        $item['Failure'] = $failure
    }
    if ($item['Label'] -and (Test-SecretText $item['Label'])) {
        $item['Label'] = $null
    }
    $item
}

function Read-InputObject {
    # The values of an object from the pipeline: a token, or a row with Server, Org, ApiToken or TokenFile, and Name.
    param($Queue, $InputObject)

    if ($InputObject -is [string] -or $InputObject -is [securestring] -or $InputObject -is [pscredential]) {
        return Read-InputToken $Queue['Given'] $InputObject
    }
    $row = @{}
    $isRow = $false
    if ($null -ne $InputObject -and $InputObject.PSObject.TypeNames -notcontains 'VcdBearer.Session') {
        foreach ($name in 'Server', 'Org', 'ApiToken', 'TokenFile', 'Name') {
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
        $row['Label'] = [string] $row['Name']
        if ($row.ContainsKey('ApiToken') -and $row.ContainsKey('TokenFile')) {
            $row['Failure'] = New-OptionFailureRecord 'A row has both ApiToken and TokenFile.' 'Leave one of them empty.'
        }
        return $row
    }
    $way = if ($Queue['Watched']) { 'came through the pipeline' } else { 'was given as -InputObject' }
    @{
        Failure = New-FailureRecord @{
            name    = 'UnsupportedInput'
            message = "$(Get-TypeText $InputObject) $way."
            action  = 'Pipe API tokens (SecureString, PSCredential or string), or rows with Server, Org, ApiToken or ' +
                'TokenFile, and Name.'
        }
    }
}

function Read-InputToken {
    # The values of a token alone. One that is given besides is refused: a name may have been piped, and would be sent as token.
    param($Given, $Token)

    $item = @{ ApiToken = $Token }
    foreach ($name in 'ApiToken', 'TokenFile') {
        # An empty one takes back what $PSDefaultParameterValues gives.
        if ($Given[$name]) {
            $item['Failure'] = New-OptionFailureRecord "The input is a token alone, and -$name gives another one." (
                "Leave out -$name; to use it for many sites or organizations, pipe rows with Server or Org. " +
                "$script:DefaultAdvice -$name `$null.")
        }
    }
    $item
}

function Get-TypeText {
    # The words for the type of a value in a message; never the value.
    param($Value)

    if ($null -eq $Value) {
        return 'Nothing ($null)'
    }
    "An object of the type $($Value.PSObject.TypeNames[0])"
}

function Add-DefaultValue {
    # Adds what an item lacks; returns the ErrorRecord that names what is nowhere to be had.
    param($Queue, $Item)

    $given = $Queue['Given']
    $names = if (Test-TokenSource $Item) { 'Server', 'Org' } else { 'Server', 'Org', 'ApiToken', 'TokenFile' }
    foreach ($name in $names) {
        if (-not $Item.ContainsKey($name)) {
            if ($name -eq 'Org' -and $given['Provider']) {
                $Item['Org'] = 'System'
            }
            elseif ($given.ContainsKey($name) -and ($given[$name] -or -not (Test-TakenBack $given $name))) {
                $Item[$name] = $given[$name]
            }
        }
    }
    if (-not ($Item.ContainsKey('Server') -and $Item.ContainsKey('Org') -and (Test-TokenSource $Item))) {
        Add-OtherValue $Queue $Item
    }
}

function Test-TakenBack {
    # Whether an empty -ApiToken or -TokenFile stands beside the other one, which a default would otherwise contradict.
    param($Given, $Name)

    $other = @{ ApiToken = 'TokenFile'; TokenFile = 'ApiToken' }[$Name]
    $other -and -not $Given[$Name] -and $Given[$other]
}

function Test-TokenSource {
    # Whether an item says where its API token is.
    param($Item)

    $Item.ContainsKey('ApiToken') -or $Item.ContainsKey('TokenFile')
}

function Add-OtherValue {
    # Adds what neither the item nor the parameters say, from the environment or from whoever sits there; returns as above.
    param($Queue, $Item)

    $given = $Queue['Given']
    $hint = Add-EnvironmentValue $Item
    if ($hint -is [System.Management.Automation.ErrorRecord]) {
        return $hint
    }
    $missing = @('Server', 'Org', 'ApiToken' | Where-Object { -not $Item.ContainsKey($_) })
    if ($Item.ContainsKey('TokenFile')) {
        $missing = @($missing -ne 'ApiToken')
    }
    if (-not $missing) {
        return
    }
    if (-not $hint -and $missing -contains 'ApiToken') {
        $hint = 'A file with the token does as well (-TokenFile).'
    }
    if ($Queue['HasInput'] -and $missing -contains 'ApiToken') {
        # One answer would go to every site that follows.
        return New-MissingFailureRecord $missing $hint
    }
    $failure = Read-MissingValue $Queue['Cmdlet'] $given $missing $hint
    foreach ($name in $missing) {
        $Item[$name] = $given[$name]
    }
    $failure
}

function Resolve-ApiToken {
    # Makes an item's ApiToken a SecureString or string, and the user name that it may bring along the label; returns the
    # ErrorRecord that says why it is none.
    param($Item)

    $token = $Item['ApiToken']
    if ($token -is [securestring] -or $token -is [string]) {
        return
    }
    if ($token -isnot [pscredential]) {
        return New-FailureRecord @{
            name    = 'InvalidToken'
            message = "$(Get-TypeText $token) was given as API token."
            action  = 'Give a SecureString, a PSCredential whose password is the API token, or a string.'
        }
    }
    $Item['ApiToken'] = $token.Password
    if ($null -eq $token.Password) {
        $Item['ApiToken'] = ''
    }
    if (-not $Item['Label']) {
        $Item['Label'] = $token.UserName
    }
}

function Test-SecretText {
    # Whether a text is most likely a bearer or an API token in the wrong place, by the rules of the native library.
    param([string] $Text)

    $Text -cmatch '^\s*(?i:bearer\s|eyJ[^.]*\.[^.]*\.[^.]*$)' -or
    $Text -cmatch '^\s*(?=[a-zA-Z]*[0-9])(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])[a-zA-Z0-9]{32}\s*$'
}

function Resolve-TokenFile {
    # Makes an item's TokenFile a full path; returns the ErrorRecord that says why it is none.
    param($Queue, $Item)

    $action = 'Give the path of a file with the API token; Save-VcdApiToken makes one.'
    $file = $Item['TokenFile']
    if ($file -is [System.IO.FileInfo]) {
        $file = $file.FullName
    }
    if ($file -isnot [string]) {
        return New-OptionFailureRecord "$(Get-TypeText $file) was given as token file." $action
    }
    $path = Resolve-FilePath $Queue['Cmdlet'] $file 'TokenFile' $action
    if ($path -is [System.Management.Automation.ErrorRecord]) {
        return $path
    }
    $Item['TokenFile'] = $path
    $Item['ApiToken'] = ''
}
