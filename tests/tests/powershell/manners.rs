//! The module as a guest in somebody's session.

use crate::Case;
use crate::site::{Site, literal, run};

pub(crate) const CASES: &[Case] = &[
    ("the_package_is_one_script_and_what_belongs_to_it", the_package_is_one_script_and_what_belongs_to_it),
    ("the_module_dot_sources_no_file", the_module_dot_sources_no_file),
    ("failures_are_written_in_one_place", failures_are_written_in_one_place),
    ("the_manifest_exports_by_name_and_says_what_it_needs", the_manifest_exports_by_name_and_says_what_it_needs),
    ("the_manifest_is_valid_and_has_the_version", the_manifest_is_valid_and_has_the_version),
    ("import_says_nothing_and_exports_only_the_commands", import_says_nothing_and_exports_only_the_commands),
    ("a_call_loads_no_further_module", a_call_loads_no_further_module),
    ("without_powercli_only_connecting_is_refused", without_powercli_only_connecting_is_refused),
    ("strict_mode_and_reimport_are_fine", strict_mode_and_reimport_are_fine),
    ("default_parameter_values_count", default_parameter_values_count),
    ("a_default_is_taken_back_for_one_call", a_default_is_taken_back_for_one_call),
    ("wrong_names_of_parameters_are_the_shells_errors", wrong_names_of_parameters_are_the_shells_errors),
    ("an_old_net_framework_is_one_clear_error", an_old_net_framework_is_one_clear_error),
    ("the_front_door_has_help", the_front_door_has_help),
];

/// What the module exports, and nothing else.
pub(crate) const COMMANDS: &str = "Connect-VcdServer,Disconnect-VcdServer,Get-VcdApiHeader,Get-VcdBearer,Get-VcdSession,\
    Invoke-VcdRestMethod,Remove-VcdBearer,Save-VcdApiToken,Test-VcdBearer";

fn the_package_is_one_script_and_what_belongs_to_it(site: &Site) {
    let lines = site.lines(&format!(
        r"
        $folder = {}
        $names = (Get-ChildItem $folder -Recurse -File).FullName.Substring($folder.Length + 1) -replace '\\', '/'
        # The files of the packages are looked at elsewhere.
        $names = $names -notmatch '^THIRD-PARTY|\.cdx\.json$'
        ($names | Where-Object {{ $_ -notlike 'native*' }} | Sort-Object) -join ','
        # A library for each platform that was staged; Windows' executable stands beside its library.
        @($names -like 'native*').Count -ge 1
        $names -like 'native*' -notmatch '^native.[a-z]+-[a-z0-9]+.(libvcd_auth\.(so|dylib)|vcd_auth\.dll|vcd-bearer\.exe)$'
        foreach ($name in $names -notlike 'native*') {{
            if (@([System.IO.File]::ReadAllBytes($folder + '/' + $name) -gt 127).Count) {{ $name + ' is not ASCII' }}
        }}
        $null = [xml] (Get-Content $folder/VcdBearer.format.ps1xml -Raw)
        ",
        literal(&site.shell.module_folder())
    ));
    let files = "en-US/about_VcdBearer_Scheduled_Tasks.help.txt,en-US/about_VcdBearer.help.txt,LICENSE,VcdBearer.format.ps1xml,VcdBearer.psd1,VcdBearer.psm1";
    assert_eq!(lines, [files, "True"]);
}

fn the_module_dot_sources_no_file(site: &Site) {
    // Application control refuses modules that do, and that export by wildcard. What may be dot-sourced is a script block of the
    // module's own.
    let find = r"
        function Find-DotSourcing([string] $Path) {
            $ast = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref] $null, [ref] $null)
            $calls = $ast.FindAll({ $args[0].PSObject.Properties['InvocationOperator'] -and $args[0].InvocationOperator -eq 'Dot' }, $true)
            $calls.CommandElements.Where{ $_.Parent.CommandElements[0] -eq $_ }.Extent.Text | Sort-Object -Unique
        }";
    let lines = site.lines(&format!(
        r"{find}
        (Find-DotSourcing {}) -join ','
        # The check sees what it is for.
        Find-DotSourcing {}
        ",
        literal(&site.shell.module_folder().join("VcdBearer.psm1")),
        literal(&tests::staged::repository().join("powershell/VcdBearer/VcdBearer.psm1")),
    ));
    assert_eq!(
        lines,
        ["$script:CommandPrologue,$script:ExchangeStep,$script:FailureStep,$script:IgnoreStep", "$file.FullName"]
    );
}

fn failures_are_written_in_one_place(site: &Site) {
    // Windows PowerShell needs more for it than a call of WriteError.
    let lines = site.lines(&format!(
        r"
        $ast = [System.Management.Automation.Language.Parser]::ParseFile({}, [ref] $null, [ref] $null)
        $calls = $ast.FindAll({{ $args[0].PSObject.Properties['Member'] -and $args[0].Member.Extent.Text -eq 'WriteError' }}, $true)
        $calls.Extent.Text
        ",
        literal(&site.shell.module_folder().join("VcdBearer.psm1"))
    ));
    assert_eq!(lines, ["$PSCmdlet.WriteError($Record)"]);
}

fn the_manifest_exports_by_name_and_says_what_it_needs(site: &Site) {
    let lines = site.lines(&format!(
        r"
        $manifest = Import-PowerShellDataFile {}
        $manifest.FunctionsToExport -join ','
        foreach ($kind in 'Cmdlets', 'Variables', 'Aliases') {{ $manifest[$kind + 'ToExport'].GetType().Name + @($manifest[$kind + 'ToExport']).Count }}
        $manifest.PowerShellVersion, $manifest.DotNetFrameworkVersion, ($manifest.CompatiblePSEditions -join '+') -join '|'
        ($manifest.Keys -match '^(Nested|Required|Script)|ToProcess$' | Sort-Object) -join ','
        ",
        literal(&site.shell.module_folder().join("VcdBearer.psd1"))
    ));
    // An older PowerShell gets PowerShell's own error, which names what is missing; an older .NET Framework the module's.
    let needs = "5.1|4.7.2|Desktop+Core";
    assert_eq!(lines, [COMMANDS, "Object[]0", "Object[]0", "Object[]0", needs, "FormatsToProcess"]);
}

fn an_old_net_framework_is_one_clear_error(site: &Site) {
    let lines = site.lines(
        r#"
        & (Get-Module VcdBearer) {
            foreach ($release in 461808, 528040, $null, 379893, 461310) {
                $refusal = Test-Framework $release
                if (-not $refusal) { 'new enough'; continue }
                $refusal.FullyQualifiedErrorId, $refusal.Exception.Data['Status'], $refusal.Exception.Message -join '|'
            }
        }
        # That it is asked at the import: elsewhere than on Windows there is no registry.
        Remove-Module VcdBearer
        $PSVersionTable['PSEdition'] = 'Desktop'
        try { Import-Module VcdBearer; 'imported' } catch { "$_" -match 'Registry' }
        $PSVersionTable['PSEdition'] = 'Core'
        "#,
    );
    let refusal = |found: &str| {
        format!(
            "Vcd.FrameworkTooOld|7005|VcdBearer needs .NET Framework 4.7.2 or later; this machine has {found}. Install .NET Framework \
             4.7.2 or later and restart PowerShell, or use PowerShell 7 or the program vcd-bearer."
        )
    };
    let texts = [refusal("an older one"), refusal("4.5.2"), refusal("4.7.1")];
    let [none, old, last] = &texts;
    let import = if cfg!(windows) { "imported" } else { "True" };
    assert_eq!(lines, ["new enough", "new enough", none, old, last, import]);
}

fn the_front_door_has_help(site: &Site) {
    let door = tests::staged::repository().join("build.ps1");
    site.passes(&format!(
        r"
        $help = Get-Help {} -Full
        if (-not $help.parameters.parameter.description) {{ 'no parameter is described' }}
        if (-not $help.examples) {{ 'there is no example' }}
        ",
        literal(&door)
    ));
}

fn the_manifest_is_valid_and_has_the_version(site: &Site) {
    let lines = site.lines(&format!(
        r"
        $manifest = Test-ModuleManifest {}
        $manifest.Version.ToString(), $manifest.PowerShellVersion.ToString() -join '|'
        ",
        literal(&site.shell.module_folder().join("VcdBearer.psd1"))
    ));
    assert_eq!(lines, [format!("{}|5.1", env!("CARGO_PKG_VERSION"))]);
}

fn import_says_nothing_and_exports_only_the_commands(site: &Site) {
    let lines = site.lines(
        r"
        Remove-Module VcdBearer
        $before = (Get-Variable -Scope Global).Name
        $all = Import-Module VcdBearer *>&1
        $null -eq $all
        $module = Get-Module VcdBearer
        ($module.ExportedCommands.Keys | Sort-Object) -join ','
        $module.ExportedVariables.Count, $module.ExportedAliases.Count -join '|'
        (Get-Variable -Scope Global).Name | Where-Object { $_ -notin $before -and $_ -notin 'before', 'all', 'module' }
        ",
    );
    assert_eq!(lines, ["True", COMMANDS, "0|0"]);
}

fn a_call_loads_no_further_module(site: &Site) {
    // Not the prelude: it needs other modules itself. Loading one more would cost a new process a tenth of a second.
    let script = site.bare_script(
        r"Import-Module VcdBearer
        $b = Get-VcdBearer $env:SIM_URL acme -ApiToken $env:SIM_TENANT -CACertificate $env:SIM_CA
        if (Test-VcdBearer $b) { Remove-VcdBearer $b }
        (Get-Module).Name -join ','
        ",
    );
    let ran = run(site.file(&script));
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("VcdBearer\n", ""));
}

fn without_powercli_only_connecting_is_refused(site: &Site) {
    let lines = site.lines(
        r"
        try { Connect-VcdServer @Site -Org acme -ApiToken $Token } catch { $_.FullyQualifiedErrorId, $Error.Count -join '|' }
        Disconnect-VcdServer
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Disconnect-VcdServer $b
        @(Get-OpenSession).Count
        ",
    );
    assert_eq!(lines, ["Vcd.PowerCliMissing,Connect-VcdServer|1", "0"]);
    assert_eq!(site.requests()[0], "POST /oauth/tenant/acme/token");
    assert_eq!(site.requests().len(), 3, "one log-in, one question for versions, one log-out: {:?}", site.requests());
}

fn strict_mode_and_reimport_are_fine(site: &Site) {
    let lines = site.lines(
        r"
        Set-StrictMode -Version Latest
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Import-Module VcdBearer -Force
        Test-VcdBearer $b
        Remove-Module VcdBearer
        Import-Module VcdBearer
        Remove-VcdBearer $b
        Test-VcdBearer $b
        Remove-Module VcdBearer
        $b.User
        ",
    );
    assert_eq!(lines, ["True", "False", "alice"]);
}

fn default_parameter_values_count(site: &Site) {
    let lines = site.lines(
        r"
        $PSDefaultParameterValues['*-Vcd*:CACertificate'] = $env:SIM_CA
        $PSDefaultParameterValues['*-Vcd*:Server'] = $env:SIM_URL
        $PSDefaultParameterValues['*-Vcd*:TimeoutSec'] = 20
        $PSDefaultParameterValues['Get-VcdBearer:Org'] = 'acme'
        $b = Get-VcdBearer -ApiToken $Token
        Test-VcdBearer $b
        Test-VcdBearer $b.AccessToken
        (Get-VcdSession -Session $b).User, @(Get-VcdSession).Count -join '|'
        ($Token | Get-VcdBearer).TimeoutSec
        Get-VcdSession | Remove-VcdBearer
        Remove-VcdBearer $b
        ",
    );
    assert_eq!(lines, ["True", "True", "alice|1", "20"]);
    assert!(site.simulator.sessions().is_empty());
}

fn a_default_is_taken_back_for_one_call(site: &Site) {
    let lines = site.lines(
        r#"
        $login = @{ Server = $env:SIM_URL; Org = 'acme'; ApiToken = $Token }
        $null = Save-VcdApiToken token -ApiToken $Token
        # The default, what a call says against it, and what takes the default back.
        $cases = @(
            @{ Org = 'nowhere' }, @{ ApiToken = $env:SIM_PROVIDER; Provider = $true; CACertificate = $env:SIM_CA }, @{ Org = $null }
            @{ CACertificate = 'none.pem' }, @{ CertificateSha256 = $env:SIM_PIN }, @{ CACertificate = $null }
            @{ CACertificate = 'none.pem' }, @{ SkipCertificateCheck = $true; WarningAction = 'Ignore' }, @{ CACertificate = '' }
            @{ CertificateSha256 = '00' * 32 }, @{ CACertificate = $env:SIM_CA }, @{ CertificateSha256 = $null }
            @{ CertificateSha256 = '00' * 32 }, @{ SkipCertificateCheck = $true; WarningAction = 'Ignore' }, @{ CertificateSha256 = '' }
            @{ Proxy = 'http://localhost:1'; ProxyCredential = [pscredential]::new('a', $Token) },
                @{ NoProxy = $true; CACertificate = $env:SIM_CA }, @{ Proxy = $null; ProxyCredential = $null }
            @{ TokenFile = 'none' }, @{ CACertificate = $env:SIM_CA }, @{ TokenFile = '' }
            @{ ApiToken = 'a' * 32 }, @{ CACertificate = $env:SIM_CA; TokenFile = 'token' }, @{ ApiToken = $null }
        )
        for ($i = 0; $i -lt $cases.Count; $i += 3) {
            $defaults, $call, $back = $cases[$i..($i + 2)]
            $global:PSDefaultParameterValues.Clear()
            foreach ($name in $defaults.Keys) { $global:PSDefaultParameterValues["Get-VcdBearer:$name"] = $defaults[$name] }
            # What the case is about is given by the default or by the call, and by nothing else.
            $rest = $login.Clone()
            foreach ($name in @($defaults.Keys) + @($call.Keys)) { $rest.Remove($name) }
            if ($call['Provider'] -or $call['TokenFile']) { $rest.Remove('Org'); $rest.Remove('ApiToken') }
            if ($call['TokenFile']) { $rest['Org'] = 'acme' }
            $told = try { Get-VcdBearer @rest @call -NoCache } catch { $_.FullyQualifiedErrorId, "$($_.ErrorDetails.RecommendedAction)".Contains('$null') }
            "$told", (Get-VcdBearer @rest @call @back -NoCache).User -join '|'
        }
        # What would quietly turn the check of a pin off is no such case.
        $global:PSDefaultParameterValues.Clear()
        try { Get-VcdBearer @login -CertificateSha256 $null } catch { $_.FullyQualifiedErrorId }
        "#,
    );
    let refused = "Vcd.InvalidOption,Get-VcdBearer True";
    let mut expected = vec![format!("{refused}|administrator")];
    expected.extend(vec![format!("{refused}|alice"); 7]);
    expected.push("Vcd.InvalidOption,Get-VcdBearer".to_owned());
    assert_eq!(lines, expected);
}

fn wrong_names_of_parameters_are_the_shells_errors(site: &Site) {
    let lines = site.lines(
        r"
        foreach ($call in { Get-VcdBearer -Sever x }, { Get-VcdBearer a b c d }, { Get-VcdBearer @Site -TimeoutSec soon }) {
            try { & $call } catch { $_.FullyQualifiedErrorId }
        }
        ",
    );
    assert_eq!(
        lines,
        [
            "NamedParameterNotFound,Get-VcdBearer",
            "PositionalParameterNotFound,Get-VcdBearer",
            "ParameterArgumentTransformationError,Get-VcdBearer"
        ]
    );
}
