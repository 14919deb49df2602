//! A script module does not see its caller's preferences by itself; these commands adopt them.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("each_preference_is_adopted_unless_bound", each_preference_is_adopted_unless_bound),
    ("verbose_is_adopted", verbose_is_adopted),
    ("warnings_are_adopted", warnings_are_adopted),
    ("warnings_can_stop", warnings_can_stop),
    ("what_if_and_confirm_are_adopted", what_if_and_confirm_are_adopted),
    ("a_bound_parameter_beats_the_preference", a_bound_parameter_beats_the_preference),
    ("preferences_of_a_nested_scope_are_adopted", preferences_of_a_nested_scope_are_adopted),
    ("verbose_tells_the_story_of_a_call", verbose_tells_the_story_of_a_call),
];

fn each_preference_is_adopted_unless_bound(site: &Site) {
    let lines = site.lines(
        r"
        & (Get-Module VcdBearer) {
            # A command of the module that shows the preference that it runs with.
            function global:Get-Preference {
                [CmdletBinding(SupportsShouldProcess)]
                param([Parameter(ValueFromPipeline)] $InputObject, [string] $Name)
                begin { . $script:CommandPrologue }
                end { [string] (Get-Variable ($Given['Name'] + 'Preference') -ValueOnly) }
            }
        }
        function Get-Adopted([string] $Name, [object] $Value, [hashtable] $Bound = @{}) {
            Set-Variable ($Name + 'Preference') $Value
            Get-Preference -Name $Name @Bound
        }
        foreach ($name in 'Warning', 'Information', 'Progress') {
            $adopted = Get-Adopted $name Ignore
            $kept = Get-Adopted $name Ignore @{ ($name + 'Action') = 'SilentlyContinue' }
            $name, $adopted, $kept -join '|'
        }
        foreach ($name in 'Verbose', 'Debug') {
            $name, (Get-Adopted $name Ignore), (Get-Adopted $name Ignore @{ $name = $false }) -join '|'
        }
        'WhatIf', (Get-Adopted WhatIf $true), (Get-Adopted WhatIf $true @{ WhatIf = $false }) -join '|'
        'Confirm', (Get-Adopted Confirm Low), (Get-Adopted Confirm Low @{ Confirm = $false }) -join '|'
        # The preference for errors: Stop, but the caller's in a pipeline.
        'Error', (Get-Adopted ErrorAction Ignore), (Get-Adopted ErrorAction Ignore @{ ErrorAction = 'Continue' }) -join '|'
        & { $ErrorActionPreference = 'Ignore'; 1 | Get-Preference -Name ErrorAction }
        ",
    );
    assert_eq!(
        lines,
        [
            "Warning|Ignore|SilentlyContinue",
            "Information|Ignore|SilentlyContinue",
            "Progress|Ignore|SilentlyContinue",
            "Verbose|Ignore|SilentlyContinue",
            "Debug|Ignore|SilentlyContinue",
            "WhatIf|True|False",
            "Confirm|Low|None",
            "Error|Stop|Continue",
            "Ignore"
        ]
    );
}

fn verbose_is_adopted(site: &Site) {
    let lines = site.lines(
        r"
        @(Get-VcdBearer @Site -Org acme -ApiToken $Token 4>&1).Count
        & {
            $VerbosePreference = 'Continue'
            $all = @(Get-VcdBearer @Site -Org acme -ApiToken $Token 4>&1)
            $all.Count -gt 1
        }
        ",
    );
    assert_eq!(lines, ["1", "True"]);
}

fn warnings_are_adopted(site: &Site) {
    let lines = site.lines(
        r"
        $skip = @{ Server = $env:SIM_URL; Org = 'acme'; ApiToken = $Token; SkipCertificateCheck = $true }
        @(Get-VcdBearer @skip 3>&1).Count
        & { $WarningPreference = 'SilentlyContinue'; @(Get-VcdBearer @skip 3>&1).Count }
        ",
    );
    assert_eq!(lines, ["2", "1"]);
}

fn warnings_can_stop(site: &Site) {
    let ran = site.run(
        r"
        & {
            $WarningPreference = 'Stop'
            Get-VcdBearer $env:SIM_URL acme -ApiToken $Token -SkipCertificateCheck
            'not reached'
        }
        ",
    );
    assert_eq!((ran.code, ran.stdout.contains("not reached")), (Some(1), false), "{}", ran.stderr);
    assert!(site.requests().is_empty(), "the warning came after the token was sent");
}

fn what_if_and_confirm_are_adopted(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        & { $WhatIfPreference = $true; Remove-VcdBearer $b } 6>&1 | Out-Null
        Test-VcdBearer $b
        # Nobody is there to answer, so asking is an error.
        & { $ConfirmPreference = 'Low'; try { Remove-VcdBearer $b } catch { 'asked' } }
        Test-VcdBearer $b
        & { $ConfirmPreference = 'None'; Remove-VcdBearer $b }
        Test-VcdBearer $b
        ",
    );
    assert_eq!(lines[lines.len() - 4..], ["True", "asked", "True", "False"]);
}

fn a_bound_parameter_beats_the_preference(site: &Site) {
    let lines = site.lines(
        r"
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        $VerbosePreference = 'Continue'
        @(Test-VcdBearer $b -Verbose:$false 4>&1).Count
        $WhatIfPreference = $true
        Remove-VcdBearer $b -WhatIf:$false -Verbose:$false
        Test-VcdBearer $b -Verbose:$false
        ",
    );
    assert_eq!(lines, ["1", "False"]);
}

fn preferences_of_a_nested_scope_are_adopted(site: &Site) {
    site.write("inner.psm1", "function Invoke-Inner { $VerbosePreference = 'Continue'; Get-VcdBearer @args }");
    let lines = site.lines(
        r#"
        function Get-Count { @($input).Count -gt 1 }
        $login = @{ Org = 'acme'; ApiToken = $Token }
        & { $VerbosePreference = 'Continue'; Get-VcdBearer @Site @login } 4>&1 | Get-Count
        function Invoke-Outer { $VerbosePreference = 'Continue'; Invoke-Login }
        function Invoke-Login { Get-VcdBearer @Site @login }
        Invoke-Outer 4>&1 | Get-Count
        Set-Content script.ps1 '$VerbosePreference = "Continue"; Get-VcdBearer @args'
        & ./script.ps1 @Site @login 4>&1 | Get-Count
        Import-Module ./inner.psm1
        Invoke-Inner @Site @login 4>&1 | Get-Count
        Get-VcdBearer @Site @login 4>&1 | Get-Count
        "#,
    );
    assert_eq!(lines, ["True", "True", "True", "True", "False"]);
}

fn verbose_tells_the_story_of_a_call(site: &Site) {
    let lines = site.lines(
        r"
        $b = $null
        $VerbosePreference = 'Continue'
        $all = Get-VcdBearer @Site -Org acme -ApiToken $Token 4>&1
        $b = $all[-1]
        $all = @($all) + @(Test-VcdBearer $b 4>&1) + @(Remove-VcdBearer $b 4>&1)
        $all -is [object[]]
        $story = ($all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Message -join ' '
        foreach ($word in 'alice', 'acme', 'localhost', 'lasts until', 'Checking', 'accepts', 'Ending', 'has ended') {
            if (-not $story.Contains($word)) { $word + ' is missing: ' + $story }
        }
        foreach ($secret in $b.AccessToken, $env:SIM_TENANT) {
            if ($story.Contains($secret)) { 'the story has a secret' }
        }
        ",
    );
    assert_eq!(lines, ["True"]);
}
