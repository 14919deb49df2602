function Read-MissingValue {
    # Asks the person at the prompt for parameters that were left out, secrets without echo, and adds the answers to
    # $Given; where nobody can be asked, returns an ErrorRecord. (Mandatory parameters would echo tokens, and would
    # wait for ever in a job.)
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [hashtable] $Given,
        # Names of parameters; those that end in Token are secrets.
        [string[]] $Names,
        # Why something that is there was not used.
        [string] $Hint
    )

    $missing = New-MissingFailureRecord $Names $Hint
    $inputIsRedirected = $Host.Name -eq 'ConsoleHost' -and [System.Console]::IsInputRedirected
    if ($Host.Name -eq 'ServerRemoteHost' -or $inputIsRedirected -or -not [System.Environment]::UserInteractive) {
        return $missing
    }

    $questions = foreach ($name in $Names) {
        $question = [System.Management.Automation.Host.FieldDescription]::new($name)
        if ($name -like '*Token') {
            $question.SetParameterType([securestring])
        }
        $question
    }
    try {
        $answers = $Host.UI.Prompt(
            $Cmdlet.MyInvocation.MyCommand.Name, 'Supply values for the following parameters:',
            [System.Management.Automation.Host.FieldDescription[]] $questions)
    }
    catch {
        # -NonInteractive, or a host without prompts. One entry in $Error is enough, and it is the command's.
        $global:Error.RemoveAt(0)
        return $missing
    }
    foreach ($name in $Names) {
        $Given[$name] = $answers[$name].PSObject.BaseObject
    }
}

function New-MissingFailureRecord {
    param([string[]] $Names, [string] $Hint)

    New-FailureRecord @{
        name    = 'MissingParameter'
        message = "Nothing was given for $(($Names | ForEach-Object { "-$_" }) -join ', '). $Hint".TrimEnd()
        action  = 'Give it; in scripts and scheduled tasks nobody is asked.'
    }
}
