# Commands, variables and short type names of Windows PowerShell 5.1, from the sources of its documentation.

function Open-Documentation {
    param([string] $Source)

    $script:Pages = @{}
    foreach ($page in Get-ChildItem -LiteralPath $Source -Recurse -Filter *.md) {
        if ($page.FullName -match '[/\\]reference[/\\]5\.1[/\\]') {
            $script:Pages[$page.BaseName] = $page.FullName
        }
    }
}

function Read-CommandParameter {
    # What each parameter of a command is: its position, 'named' or 'switch'; after a colon the values that it accepts, if they are few.
    param([string] $Command)

    if (-not $script:Pages.ContainsKey($Command)) {
        throw "${Command}: the documentation of 5.1 does not have this command"
    }
    $parameters, $values = @{}, @{}
    $name = $null
    foreach ($line in [System.IO.File]::ReadLines($script:Pages[$Command])) {
        if ($line -match '^### -(\w+)') {
            $name = $Matches[1]
            $parameters[$name] = 'named'
        }
        elseif ($name -and $line -match '^Type: .*SwitchParameter') {
            $parameters[$name] = 'switch'
        }
        elseif ($name -and $parameters[$name] -eq 'named' -and $line -match '^Position: (\d+)') {
            $parameters[$name] = $Matches[1]
        }
        elseif ($name -and $line -match '^Accepted values: (.+)$') {
            $values[$name] = $Matches[1] -replace ','
        }
    }
    foreach ($name in @($values.Keys)) {
        if ($parameters[$name] -ne 'switch') {
            $parameters[$name] += ":$($values[$name])"
        }
    }
    $parameters
}

function Read-VariableName {
    foreach ($page in 'about_Automatic_Variables', 'about_Preference_Variables') {
        foreach ($line in [System.IO.File]::ReadLines($script:Pages[$page])) {
            if ($line -match '^##+ `?\$([\w$?^]+)`?$') { $Matches[1] }
        }
    }
}

function Read-AcceleratorName {
    foreach ($line in [System.IO.File]::ReadLines($script:Pages['about_Type_Accelerators'])) {
        if ($line -match '^\| (\w+) +\| \[') { $Matches[1] }
    }
}
