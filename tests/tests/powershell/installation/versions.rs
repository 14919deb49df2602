//! Two versions on one machine.

use crate::Case;
use crate::installation::{command, install};
use crate::site::{Site, run};

/// Their commands are PowerShell 7's.
pub(crate) const CASES_FOR_7: &[Case] = &[
    ("two_versions_live_side_by_side_in_one_process", two_versions_live_side_by_side_in_one_process),
    ("a_module_in_use_can_be_updated", a_module_in_use_can_be_updated),
];

const VERSION: &str = env!("CARGO_PKG_VERSION");
const NEXT_VERSION: &str = "99.0.0";

/// Puts a next version into the gallery, which differs by nothing but its number, and installs the first.
fn install_the_first_of_two(site: &Site) {
    install(
        site,
        &format!(
            r"
            $null = New-Item -ItemType Directory next
            Register-PSResourceRepository -Name Gallery -Uri $env:GALLERY -Trusted
            Save-PSResource VcdBearer -Repository Gallery -Path next
            $manifest = (Get-ChildItem next -Recurse -Filter VcdBearer.psd1).FullName
            (Get-Content $manifest -Raw) -replace '{VERSION}', '{NEXT_VERSION}' | Set-Content $manifest
            Publish-PSResource -Path (Split-Path $manifest) -Repository Gallery
            Install-PSResource VcdBearer -Version {VERSION} -Repository Gallery
            "
        ),
    );
}

/// Runs a script that must succeed with the installed modules, and gives its lines.
fn lines(site: &Site, text: &str) -> Vec<String> {
    let ran = run(command(site, &site.script(text)));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    ran.stdout.lines().map(str::to_owned).collect()
}

fn two_versions_live_side_by_side_in_one_process(site: &Site) {
    install_the_first_of_two(site);
    install(site, "Install-PSResource VcdBearer -Repository Gallery");
    let lines = lines(
        site,
        &format!(
            r"
            Remove-Module VcdBearer
            Import-Module VcdBearer -RequiredVersion {VERSION} -Prefix Old
            Import-Module VcdBearer -RequiredVersion {NEXT_VERSION} -Prefix New
            $a = Get-OldVcdBearer @Site -Org acme -ApiToken $Token
            $b = Get-NewVcdBearer @Site -Org acme -ApiToken $Token
            # Each has a library of its own, and so a session of its own.
            @(Get-OpenSession).Count
            Test-OldVcdBearer $b
            Test-NewVcdBearer $a
            $a | Remove-NewVcdBearer
            $b | Remove-OldVcdBearer
            @(Get-OpenSession).Count
            "
        ),
    );
    assert_eq!(lines, ["2", "True", "True", "0"]);
}

fn a_module_in_use_can_be_updated(site: &Site) {
    install_the_first_of_two(site);
    let in_use = lines(
        site,
        r"
        $ProgressPreference = 'SilentlyContinue'
        $a = Get-VcdBearer @Site -Org acme -ApiToken $Token
        Update-PSResource VcdBearer -Repository Gallery
        # What is loaded goes on, for the session from before and for new ones.
        Test-VcdBearer $a
        $b = Get-VcdBearer @Site -Org acme -ApiToken $Token -NoCache
        Test-VcdBearer $b
        $a, $b | Remove-VcdBearer
        @(Get-OpenSession).Count
        (Get-Module VcdBearer).Version.ToString()
        ",
    );
    assert_eq!(in_use, ["True", "True", "0", VERSION]);
    assert_eq!(lines(site, "(Get-Module VcdBearer).Version.ToString()"), [NEXT_VERSION]);
}
