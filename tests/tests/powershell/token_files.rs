//! Tokens that come from files, and files that are made for them.

use vcdsim::Kind;

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("a_service_accounts_new_token_is_in_the_file", a_service_accounts_new_token_is_in_the_file),
    ("a_token_in_a_file_is_as_good_as_one_that_is_given", a_token_in_a_file_is_as_good_as_one_that_is_given),
    ("the_environment_names_token_files", the_environment_names_token_files),
    ("bad_token_files_are_refused_before_anything_is_sent", bad_token_files_are_refused_before_anything_is_sent),
    ("a_replaced_token_that_no_file_takes_is_handed_out", a_replaced_token_that_no_file_takes_is_handed_out),
    ("what_should_be_done_about_a_file_is_a_warning", what_should_be_done_about_a_file_is_a_warning),
    ("twenty_runspaces_use_one_rotating_file", twenty_runspaces_use_one_rotating_file),
    ("a_saved_token_is_private_and_works", a_saved_token_is_private_and_works),
    ("what_cannot_be_saved_has_its_reason", what_cannot_be_saved_has_its_reason),
];

/// Who may use files: their owner alone, or everybody too. What is made in a temporary folder of Windows is the owner's.
const SHARE: &str = r"
$OnWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'
function Set-Private([string[]] $Path) { if (-not $OnWindows) { chmod 600 $Path } }
function Set-Readable([string] $Path) { if ($OnWindows) { $null = icacls $Path /grant '*S-1-1-0:R' } else { chmod 644 $Path } }
function Set-Writable([string] $Folder) { if ($OnWindows) { $null = icacls $Folder /grant '*S-1-1-0:(OI)(CI)M' } else { chmod 777 $Folder } }
";

/// Writes `account.json`, as Terraform writes it for a service account.
const WRITE_ACCOUNT: &str = r#"
function Write-Account {
    Set-Content account.json (ConvertTo-Json @{
        token_type = 'Service Account'; refresh_token = $env:SIM_SERVICE; updated_by = 'terraform'; updated_on = '2026-01-02T03:04:05Z'
    })
    Set-Private account.json
}
Write-Account
"#;

/// Runs a script that must succeed, and gives its lines.
fn lines(site: &Site, script: &str) -> Vec<String> {
    site.lines(&[SHARE, script].concat())
}

fn a_service_accounts_new_token_is_in_the_file(site: &Site) {
    let script = r#"
        $all = @(Get-VcdBearer @Site -Org acme -TokenFile account.json -Verbose *>&1)
        foreach ($line in $all | Where-Object { $_ -match '^(The API token came|Cloud Director replaced|Logged in)' }) { "$line" }
        $session = $all[-1]
        $session.User, ($null -eq $session.NewApiToken), @($all -like '*WARNING*').Count -join '|'
        $now = Get-Content account.json | ConvertFrom-Json
        ($now.refresh_token -eq $env:SIM_SERVICE), $now.token_type, $now.updated_by -join '|'
        # Shared within the process, by the token of the moment.
        (Get-VcdBearer @Site -Org acme -TokenFile ./account.json).SessionId -eq $session.SessionId
        $null = Get-VcdBearer @Site -Org acme -TokenFile account.json -ForceRefresh
        ((Get-Content account.json | ConvertFrom-Json).refresh_token -eq $now.refresh_token)
        "#;
    let lines = lines(site, &[WRITE_ACCOUNT, script].concat());
    let file = site.home.path().join("account.json").display().to_string();
    assert_eq!(lines[0], format!("The API token came from the file {file}."));
    assert!(lines[1].contains("the new one is in the file") && lines[2].starts_with("Logged in to"), "{lines:#?}");
    let writer = concat!("False|Service Account|VcdBearer/", env!("CARGO_PKG_VERSION"));
    assert_eq!(lines[3..], [&format!("{}|True|0", service_account(site)), writer, "True", "False"]);
}

fn service_account(site: &Site) -> &str {
    &site.login("acme", Kind::ServiceAccount).user
}

fn a_token_in_a_file_is_as_good_as_one_that_is_given(site: &Site) {
    let lines = lines(
        site,
        r#"
        Set-Content -LiteralPath '[1] *.txt' $env:SIM_TENANT
        $Token | Export-Clixml token.xml
        [pscredential]::new('backup', $Token) | Export-Clixml credential.xml
        Set-Private '[1] *.txt', token.xml, credential.xml
        $rows = @(
            @{ TokenFile = '[1] *.txt'; Name = 'line' }
            [pscustomobject] @{ TokenFile = Get-Item token.xml; ApiToken = ''; Name = 'clixml' }
            @{ TokenFile = Join-Path $PWD credential.xml; Org = 'acme' }
            @{ ApiToken = $Token; Name = 'given' }
            @{ ApiToken = $Token; TokenFile = 'token.xml'; Name = 'both' }
            @{ TokenFile = 'missing'; Name = 'missing' }
            @{ TokenFile = $Token; Name = 'secret' }
        )
        $rows | Get-VcdBearer @Site -Org acme -TokenFile token.xml -ErrorAction SilentlyContinue -ErrorVariable failed |
            ForEach-Object { $_.InputIndex, $_.User, $_.Label -join '|' }
        $failed | ForEach-Object { $_.FullyQualifiedErrorId, $_.Exception.Data['Label'] -join '|' }
        # A parameter completes rows without a token.
        (@{ Name = 'bare'; Org = 'acme' } | Get-VcdBearer @Site -TokenFile token.xml).User
        (Get-VcdBearer @Site -Org acme -TokenFile ~/token.xml -AsPlainText).Length -gt 20
        try { Get-VcdBearer @Site -Org acme -TokenFile token.xml -ApiToken $Token } catch { "$_" }
        "#,
    );
    assert_eq!(
        lines,
        [
            "0|alice|line",
            "1|alice|clixml",
            "2|alice|",
            "3|alice|given",
            "Vcd.InvalidOption,Get-VcdBearer|both",
            "Vcd.TokenFileNotFound,Get-VcdBearer|missing",
            "Vcd.InvalidOption,Get-VcdBearer|secret",
            "alice",
            "True",
            "-ApiToken contradicts -TokenFile.",
        ]
    );
}

fn the_environment_names_token_files(site: &Site) {
    let script = r#"
        Set-Content token.txt $env:SIM_TENANT
        Set-Private token.txt
        $call = @{ Org = 'acme'; CACertificate = $env:SIM_CA }
        function Get-Outcome { try { (Get-VcdBearer @call @args).User } catch { $_.FullyQualifiedErrorId, "$_" -join '|' } }
        $env:VCD_URL = $env:SIM_URL
        $env:VCD_SA_TOKEN_FILE = 'account.json'
        Get-Outcome
        $env:VCD_API_TOKEN_FILE = 'token.txt'
        Get-Outcome
        $env:VCD_SA_TOKEN_FILE = ''
        Get-Outcome
        $env:VCD_API_TOKEN = $env:SIM_TENANT
        Get-Outcome
        # Parameters beat them all.
        Get-Outcome -TokenFile account.json
        $env:VCD_API_TOKEN = ''
        $env:VCD_URL = 'https://vcd.example.com'
        Get-Outcome -Server $env:SIM_URL
        "#;
    let lines = lines(site, &[WRITE_ACCOUNT, script].concat());
    let service_account = service_account(site);
    assert_eq!(
        lines,
        [
            service_account,
            "Vcd.InvalidOption,Get-VcdBearer|Environment variables contradict each other: VCD_API_TOKEN_FILE, VCD_SA_TOKEN_FILE.",
            "alice",
            "Vcd.InvalidOption,Get-VcdBearer|Environment variables contradict each other: VCD_API_TOKEN, VCD_API_TOKEN_FILE.",
            service_account,
            "Vcd.MissingParameter,Get-VcdBearer|Nothing was given for -ApiToken. The token of VCD_API_TOKEN_FILE is for the site that VCD_URL names, which is another one.",
        ]
    );
}

fn bad_token_files_are_refused_before_anything_is_sent(site: &Site) {
    let lines = lines(
        site,
        r#"
        $null = New-Item folder, others -ItemType Directory
        Set-Writable others
        Set-Content empty ''
        Set-Content words 'canary canary'
        Set-Content cut '{"refresh_token":"canary"'
        Set-Content foreign '<Objs><SS>01000000d08c9ddf0115d1118c7a00c04fc297eb01</SS></Objs>'
        Set-Content others/token.json '{"refresh_token":"canary"}'
        # What is a file and has no end; Windows has none with a name in a folder.
        $pipe = if ($OnWindows) { 'folder' } else { mkfifo pipe; 'pipe' }
        foreach ($path in 'missing', '*', 'folder', 'empty', 'words', 'cut', 'foreign', 'others/token.json', $pipe, '', 'env:/HOME', 'nowhere:/x') {
            try { Get-VcdBearer @Site -Org acme -TokenFile $path } catch {
                $_.FullyQualifiedErrorId -replace ',.*'
                if ("$_$($_.ErrorDetails.RecommendedAction)" -match 'canary') { 'a secret was told' }
            }
        }
        Get-Content others/token.json
        "#,
    );
    let (missing, unreadable, invalid) = ("Vcd.TokenFileNotFound", "Vcd.TokenFileUnreadable", "Vcd.TokenFileInvalid");
    assert_eq!(
        lines,
        [
            missing,
            missing,
            unreadable,
            invalid,
            invalid,
            invalid,
            unreadable,
            "Vcd.TokenFileUnsafe",
            unreadable,
            "Vcd.InvalidOption",
            "Vcd.InvalidOption",
            "Vcd.InvalidOption",
            r#"{"refresh_token":"canary"}"#,
        ]
    );
    assert_eq!(site.simulator.journal().connections, 0);
}

/// The file does not say that its token is replaced, and its second name would keep the dead one.
fn a_replaced_token_that_no_file_takes_is_handed_out(site: &Site) {
    let lines = lines(
        site,
        r#"
        Set-Content token.txt $env:SIM_SERVICE
        Set-Private token.txt
        $null = New-Item second.txt -ItemType HardLink -Value token.txt
        $all = @(Get-VcdBearer @Site -Org acme -TokenFile token.txt -Verbose *>&1 | ForEach-Object { $_ })
        @($all -match 'second name').Count
        @($all | Where-Object { $_ -is [System.Management.Automation.WarningRecord] }) -match 'the property NewApiToken' -ne $null | ForEach-Object { 'warned' }
        (Get-Content token.txt) -eq $env:SIM_SERVICE
        # As the warning says.
        $null = $all[-1].NewApiToken | Save-VcdApiToken -Path new.txt
        (Get-VcdBearer @Site -Org acme -TokenFile new.txt -NoCache).User
        "#,
    );
    assert_eq!(lines, ["1", "warned", "True", service_account(site)]);
}

fn what_should_be_done_about_a_file_is_a_warning(site: &Site) {
    let lines = lines(
        site,
        r"
        Set-Content token.txt $env:SIM_TENANT
        Set-Readable token.txt
        $null = Get-VcdBearer @Site -Org acme -TokenFile token.txt -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count
        $warnings[0].Message
        ",
    );
    assert_eq!(lines[0], "1");
    assert!(lines[1].contains("Other accounts of this machine can read the token file"), "{lines:#?}");
}

fn twenty_runspaces_use_one_rotating_file(site: &Site) {
    let script = r"
        $users = Invoke-AtOnce (@($Site) * 20) {
            param($site)
            Import-Module VcdBearer
            1..3 | ForEach-Object { (Get-VcdBearer @site -Org acme -TokenFile account.json -NoCache).User }
        }
        @($users).Count
        (Get-VcdBearer @Site -Org acme -TokenFile account.json -NoCache).User
        ";
    let lines = lines(site, &[WRITE_ACCOUNT, script].concat());
    assert_eq!(lines, ["60", service_account(site)]);
    let journal = site.simulator.journal();
    assert_eq!(journal.requests.iter().filter(|request| request.status == Some(200)).count(), 61, "{journal:?}");
    assert_eq!(journal.requests.len(), 61);
}

fn a_saved_token_is_private_and_works(site: &Site) {
    let lines = lines(
        site,
        r#"
        $saved = Save-VcdApiToken new/folder/line $Token
        $saved.GetType().FullName, $saved.Name -join '|'
        $null = [pscredential]::new('x', $Token) | Save-VcdApiToken -Path api.json -TokenType ApiToken
        $null = Save-VcdApiToken -Path account.json -ApiToken $env:SIM_SERVICE -TokenType ServiceAccount
        (Get-Content account.json | ConvertFrom-Json).token_type
        foreach ($file in 'new/folder/line', 'api.json', 'account.json') { (Get-VcdBearer @Site -Org acme -TokenFile $file).User }
        # Nothing is written over unasked.
        try { Save-VcdApiToken api.json 'other' } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction -match '-Force' }
        (Get-Content api.json | ConvertFrom-Json).refresh_token -eq $env:SIM_TENANT
        $null = Save-VcdApiToken api.json $env:SIM_BLUE_SKY -Force
        (Get-VcdBearer @Site -Org 'Blue Sky' -TokenFile api.json).User
        Save-VcdApiToken whatif $Token -WhatIf > whatif.txt
        Test-Path whatif
        "#,
    );
    let service_account = service_account(site);
    assert_eq!(
        lines,
        [
            "System.IO.FileInfo|line",
            "Service Account",
            "alice",
            "alice",
            service_account,
            "Vcd.TokenFileNotSaved,Save-VcdApiToken",
            "True",
            "True",
            "dave",
            "What if: Performing the operation \"Save the API token\" on target \"WHATIF\".",
            "False",
        ]
        .map(|line| line.replace("WHATIF", &site.home.path().join("whatif").display().to_string()))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| {
            let metadata = std::fs::metadata(site.home.path().join(name)).expect("there");
            metadata.permissions().mode() & 0o7777
        };
        assert_eq!(["new", "new/folder"].map(mode), [0o700; 2]);
        assert_eq!(["new/folder/line", "api.json", "account.json"].map(mode), [0o600; 3]);
    }
}

fn what_cannot_be_saved_has_its_reason(site: &Site) {
    let lines = lines(
        site,
        r#"
        $null = New-Item others -ItemType Directory
        Set-Content file 'in the way'
        Set-Writable others
        foreach ($arguments in @{}, @{ Path = 'x' }, @{ Path = ''; ApiToken = $Token }, @{ Path = 'x'; ApiToken = 'can ary' }, @{ Path = 'x'; ApiToken = 5 },
            @{ Path = 'others/x'; ApiToken = $Token }, @{ Path = 'others'; ApiToken = $Token }, @{ Path = 'file/x'; ApiToken = $Token }) {
            try { Save-VcdApiToken @arguments } catch {
                $_.FullyQualifiedErrorId
                if ("$_" -match 'can ary') { 'a secret was told' }
            }
        }
        # From a pipeline one error each.
        $null, 'x y', $Token | Save-VcdApiToken -Path good -ErrorAction SilentlyContinue -ErrorVariable failed | ForEach-Object Name
        $failed.Count
        Get-ChildItem others
        # Where the shell is in no folder, nothing is written into that of the process.
        Set-Location env:
        try { Save-VcdApiToken stray $Token } catch { $_.FullyQualifiedErrorId }
        Test-Path $HOME/stray
        "#,
    );
    let option = "Vcd.InvalidOption,Save-VcdApiToken";
    let (missing, token) = ("Vcd.MissingParameter,Save-VcdApiToken", "Vcd.InvalidToken,Save-VcdApiToken");
    let (unsafe_file, not_saved) = ("Vcd.TokenFileUnsafe,Save-VcdApiToken", "Vcd.TokenFileNotSaved,Save-VcdApiToken");
    assert_eq!(
        lines,
        [missing, missing, option, token, token, unsafe_file, not_saved, not_saved, "good", "2", option, "False"]
    );
}
