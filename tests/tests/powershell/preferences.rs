//! A script module does not see its caller's preferences by itself; these commands adopt them.

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("each_preference_is_adopted_unless_bound", each_preference_is_adopted_unless_bound),
    ("ignore_is_adopted_as_silently_continue", ignore_is_adopted_as_silently_continue),
    ("desktop_stops_with_verbose_and_debug_too", desktop_stops_with_verbose_and_debug_too),
    ("verbose_is_adopted", verbose_is_adopted),
    ("warnings_are_adopted", warnings_are_adopted),
    ("warnings_can_stop", warnings_can_stop),
    ("what_if_and_confirm_are_adopted", what_if_and_confirm_are_adopted),
    ("a_bound_parameter_beats_the_preference", a_bound_parameter_beats_the_preference),
    ("preferences_of_a_nested_scope_are_adopted", preferences_of_a_nested_scope_are_adopted),
    ("verbose_tells_the_story_of_a_call", verbose_tells_the_story_of_a_call),
    ("verbose_names_the_items_of_a_pipeline", verbose_names_the_items_of_a_pipeline),
    ("progress_is_adopted", progress_is_adopted),
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
            $adopted = Get-Adopted $name Stop
            $kept = Get-Adopted $name Stop @{ ($name + 'Action') = 'SilentlyContinue' }
            $name, $adopted, $kept -join '|'
        }
        foreach ($name in 'Verbose', 'Debug') {
            $name, (Get-Adopted $name Stop), (Get-Adopted $name Stop @{ $name = $false }) -join '|'
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
            "Warning|Stop|SilentlyContinue",
            "Information|Stop|SilentlyContinue",
            "Progress|Stop|SilentlyContinue",
            "Verbose|Stop|SilentlyContinue",
            "Debug|Stop|SilentlyContinue",
            "WhatIf|True|False",
            "Confirm|Low|None",
            "Error|Stop|Continue",
            "Ignore"
        ]
    );
}

/// Windows PowerShell fails where it reads `Ignore` from a variable, and no record shows the difference.
fn ignore_is_adopted_as_silently_continue(site: &Site) {
    let lines = site.lines(
        r"
        & (Get-Module VcdBearer) {
            function global:Get-Preference {
                [CmdletBinding()]
                param([Parameter(ValueFromPipeline)] $InputObject)
                begin { . $script:CommandPrologue }
                end {
                    foreach ($name in 'Warning', 'Verbose', 'Debug', 'Information', 'Progress', 'ErrorAction') {
                        [string] (Get-Variable ($name + 'Preference') -ValueOnly)
                    }
                    $PSCmdlet.WriteWarning('a')
                    Write-Warning b
                    Write-Error c
                }
            }
        }
        $WarningPreference = $VerbosePreference = $DebugPreference = $InformationPreference = $ProgressPreference = 'Ignore'
        $ErrorActionPreference = 'Ignore'
        (1 | Get-Preference *>&1) -join ','
        function Get-Inner { [CmdletBinding()] param() 1 | Get-Preference }
        (Get-Inner -WarningAction Ignore -InformationAction Ignore -ErrorAction Ignore *>&1) -join ','
        (1 | Get-Preference -WarningAction Ignore -InformationAction Ignore *>&1) -join ','
        $Error.Count
        # Windows PowerShell cannot but keep the error.
        $PSVersionTable['PSEdition'] = 'Desktop'
        (1 | Get-Preference *>&1) -join ','
        ",
    );
    let silent = "SilentlyContinue,SilentlyContinue,SilentlyContinue,SilentlyContinue,SilentlyContinue";
    let core = format!("{silent},Ignore");
    assert_eq!(lines, [&core, &core, &core, "0", &format!("{silent},SilentlyContinue")]);
}

/// Windows PowerShell asks `-Verbose` and `-Debug` before `$ErrorActionPreference`, so the failure takes another way there. What can be
/// shown here: that it is taken, and looks and stops like the other.
fn desktop_stops_with_verbose_and_debug_too(site: &Site) {
    site.write(
        "login.ps1",
        "param($Edition, $With)
         $PSVersionTable['PSEdition'] = $Edition
         Get-VcdBearer vcd.example.com acme -Provider @With
         'not reached'
",
    );
    let lines = site.lines(
        r#"
        function Get-Failure($Edition, [hashtable] $With) {
            $Error.Clear()
            try { ./login.ps1 $Edition $With } catch { $record = $_ }
            $category = $record.CategoryInfo
            $about = $record.FullyQualifiedErrorId, $category.Category, $category.Reason, $record.InvocationInfo.ScriptLineNumber,
                $record.InvocationInfo.Line.Trim(), $record.InvocationInfo.MyCommand, $record.Exception.GetType(),
                $record.Exception.Data['Status'], "$record", $record.ErrorDetails.RecommendedAction, $Error.Count
            "$($about -join '|')".Replace("`n", ''), $category.Activity
        }
        $core, $way = Get-Failure Core @{ Verbose = $true }
        $core
        $way
        foreach ($with in @{}, @{ Verbose = $true }, @{ Debug = $true }, @{ Verbose = $false }, @{ Verbose = $true; ErrorAction = 'Stop' }) {
            $desktop, $way = Get-Failure Desktop $with
            "$($desktop -ceq $core) $way"
        }
        # What the caller asks for is kept.
        $PSVersionTable['PSEdition'] = 'Desktop'
        $null = Get-VcdBearer vcd.example.com acme -Provider -Verbose -ErrorAction Continue 2>&1
        $ErrorActionPreference = 'Continue'
        $null = 'vcd.example.com' | Get-VcdBearer -Org acme -Provider -Verbose 2>&1
        'goes on'
        "#,
    );
    assert!(lines[0].starts_with("Vcd.InvalidOption,Get-VcdBearer|InvalidArgument|ArgumentException|3|"), "{lines:?}");
    assert!(lines[0].ends_with("|1"), "{lines:?}");
    let ways = ["Get-VcdBearer", "Get-VcdBearer", "Write-Error", "Write-Error", "Get-VcdBearer", "Get-VcdBearer"];
    assert_eq!(lines[1], ways[0]);
    let same: Vec<_> = ways[1..].iter().map(|way| format!("True {way}")).collect();
    assert_eq!(lines[2..7], same);
    assert_eq!(lines[7..], ["goes on"]);
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
        r#"
        function Get-Story { ($input | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Message }
        $VerbosePreference = 'Continue'
        $all = Get-VcdBearer @Site -Org acme -ApiToken $Token 4>&1
        $b = $all[-1]
        $all | Get-Story
        Get-VcdBearer @Site -Org acme -ApiToken $Token 4>&1 | Get-Story
        Test-VcdBearer $b 4>&1 | Get-Story
        Remove-VcdBearer $b -Force 4>&1 | Get-Story
        try { Get-VcdBearer @Site -Org acme -ApiToken ('a' * 32) 4>&1 | Get-Story } catch { 'not reached' }
        Get-VcdBearer @Site -Org acme -ApiToken ('a' * 32) -ErrorAction SilentlyContinue 4>&1 | Get-Story
        Get-VcdBearer @Site -Org acme -ApiToken 'a b' -ErrorAction SilentlyContinue 4>&1 | Get-Story
        "#,
    );
    let at = format!("localhost:{}", site.simulator.port());
    let start = format!("Logging in to {at}, organization acme.");
    let lines: Vec<_> =
        lines.iter().map(|line| line.split("; the session lasts until 2").next().expect("a part")).collect();
    let direct = "The way to the server was direct, without a proxy.";
    assert_eq!(
        lines,
        [
            &start,
            direct,
            "Logged in to localhost as alice of acme",
            &start,
            direct,
            "This process has a session already, and it is alive: at localhost as alice of acme",
            "Checking the session at localhost/acme.",
            direct,
            "Cloud Director accepts the session.",
            "Ending the session at localhost/acme.",
            direct,
            "The session has ended.",
            "not reached",
            &start,
            direct,
            "Failed: Vcd.TokenRejected (HTTP status 400).",
            &start,
            "Failed: Vcd.InvalidToken.",
        ]
    );
}

fn verbose_names_the_items_of_a_pipeline(site: &Site) {
    let lines = site.lines(
        r#"
        $rows = @{ Name = 'first'; ApiToken = $Token }, 5, ('a' * 32), @{ Name = 'last'; ApiToken = [pscredential]::new('x', $Token) }
        $all = $rows | Get-VcdBearer @Site -Org acme -NoCache -Verbose -ErrorAction SilentlyContinue 4>&1
        # The order between items is by chance; that of one item's sentences is not.
        $all | ForEach-Object { "$_".Split(';')[0] } | Where-Object { $_ -notlike 'Bearer *' } |
            Group-Object { $_.Split(':')[0] } | Sort-Object Name | ForEach-Object Group
        "#,
    );
    let at = format!("localhost:{}", site.simulator.port());
    let story = |name: &str, outcome: &str| {
        let start = format!("{name}: Logging in to {at}, organization acme.");
        [start, format!("{name}: The way to the server was direct, without a proxy."), format!("{name}: {outcome}")]
    };
    let logged_in = "Logged in to localhost as alice of acme";
    let expected: Vec<String> = story("first", logged_in)
        .into_iter()
        .chain(["item 1: Failed: Vcd.UnsupportedInput.".to_owned()])
        .chain(story("item 2", "Failed: Vcd.TokenRejected (HTTP status 400)."))
        .chain(story("last", logged_in))
        .collect();
    assert_eq!(lines, expected);
}

/// The preference for progress: three exchanges that take longer than its first second.
fn progress_is_adopted(site: &Site) {
    site.delay_exchanges(1_200);
    let lines = site.lines(
        r#"
        $places = [ordered] @{
            shown  = { param($login) Get-VcdBearer @login }
            hidden = { param($login) & { $ProgressPreference = 'SilentlyContinue'; Get-VcdBearer @login } }
            nested = { param($login) function Invoke-Login { Get-VcdBearer @login }; & { $ProgressPreference = 'Ignore'; Invoke-Login } }
        }
        foreach ($place in $places.Keys) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript('Import-Module VcdBearer').Invoke()
            $shell.Commands.Clear()
            $login = @{ Server = $env:SIM_URL; Org = 'acme'; ApiToken = $Token; CACertificate = $env:SIM_CA; NoCache = $true }
            $user = $shell.AddScript($places[$place]).AddArgument($login).Invoke().User
            $place, $user, ($shell.Streams.Progress.Count -gt 0) -join '|'
        }
        "#,
    );
    assert_eq!(lines, ["shown|alice|True", "hidden|alice|False", "nested|alice|False"]);
}
