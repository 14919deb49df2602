//! The ordinary install commands, with a folder as the gallery; and the zip, for hosts without one.

use std::fs;

use crate::Case;
use crate::installation::{assert_works, command, install, unpack};
use crate::site::{Site, literal, run};

pub(crate) const CASES: &[Case] = &[
    ("the_zip_is_unpacked_into_the_module_path", the_zip_is_unpacked_into_the_module_path),
    ("the_example_runs_from_an_installed_module", the_example_runs_from_an_installed_module),
];

/// Their commands are PowerShell 7's, or of a version that Windows PowerShell does not come with.
pub(crate) const CASES_FOR_7: &[Case] = &[
    ("install_psresource_installs_the_package", install_psresource_installs_the_package),
    ("install_module_installs_the_package", install_module_installs_the_package),
    ("save_psresource_serves_hosts_without_a_gallery", save_psresource_serves_hosts_without_a_gallery),
    ("an_uninstalled_module_is_gone", an_uninstalled_module_is_gone),
    ("the_package_is_found_by_name_tag_and_command", the_package_is_found_by_name_tag_and_command),
    ("the_package_says_what_publishing_the_module_would", the_package_says_what_publishing_the_module_would),
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

const INSTALL: &str = r"
Register-PSResourceRepository -Name Gallery -Uri $env:GALLERY -Trusted
Install-PSResource VcdBearer -Repository Gallery
";

fn install_psresource_installs_the_package(site: &Site) {
    install(site, INSTALL);
    assert_works(site, &site.user_modules().join("VcdBearer").join(VERSION));
}

/// PowerShellGet 2.2.5, which is what Windows PowerShell 5.1 has.
fn install_module_installs_the_package(site: &Site) {
    let ran = install(
        site,
        r"
        Import-Module PowerShellGet -RequiredVersion 2.2.5
        Register-PSRepository -Name Gallery -SourceLocation $env:GALLERY -InstallationPolicy Trusted
        Install-Module VcdBearer -Repository Gallery -Scope CurrentUser
        (Get-InstalledModule VcdBearer).Version
        ",
    );
    assert_eq!(ran.stdout.trim(), VERSION);
    assert_works(site, &site.user_modules().join("VcdBearer").join(VERSION));
}

/// What was saved is carried to the other host as a folder.
fn save_psresource_serves_hosts_without_a_gallery(site: &Site) {
    install(
        site,
        r"
        Register-PSResourceRepository -Name Gallery -Uri $env:GALLERY -Trusted
        $null = New-Item -ItemType Directory carried
        Save-PSResource VcdBearer -Repository Gallery -Path carried
        ",
    );
    let modules = site.user_modules();
    fs::create_dir_all(&modules).expect("a folder can be made");
    fs::rename(site.home.path().join("carried/VcdBearer"), modules.join("VcdBearer")).expect("it was saved");
    assert_works(site, &modules.join("VcdBearer").join(VERSION));
}

fn the_zip_is_unpacked_into_the_module_path(site: &Site) {
    let modules = site.user_modules();
    unpack(site, &modules);
    assert_works(site, &modules.join("VcdBearer").join(VERSION));
}

fn the_example_runs_from_an_installed_module(site: &Site) {
    unpack(site, &site.user_modules());
    let example = literal(&tests::staged::repository().join("examples/tenant-session.ps1"));
    let script = site.bare_script(&format!(
        "$PSDefaultParameterValues['Get-VcdBearer:CACertificate'] = $env:SIM_CA\n\
         & {example} -Server $env:SIM_URL -Org acme | Select-Object -Last 3\n"
    ));
    let mut command = command(site, &script);
    command.env("VCD_API_TOKEN", &site.tenant().api_token);
    let ran = run(command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("Bearer eyJ") && lines[1..] == ["True", "False"], "{lines:?}");
}

fn an_uninstalled_module_is_gone(site: &Site) {
    install(site, &format!("{INSTALL}\nUninstall-PSResource VcdBearer"));
    assert!(!site.user_modules().join("VcdBearer").exists());
}

fn the_package_is_found_by_name_tag_and_command(site: &Site) {
    let ran = install(
        site,
        r"
        Register-PSResourceRepository -Name Gallery -Uri $env:GALLERY -Trusted
        (Find-PSResource Vcd* -Repository Gallery).Name
        (Find-PSResource -Tag CloudDirector -Repository Gallery).Name
        # Find-PSResource knows no commands of packages in a folder, whoever made them.
        Register-PSRepository -Name Gallery -SourceLocation $env:GALLERY
        (Find-Module -Command Get-VcdBearer -Repository Gallery).Name
        ",
    );
    assert_eq!(ran.stdout, "VcdBearer\nVcdBearer\nVcdBearer\n");
}

/// The package is our own work, so that it comes out the same each time; Publish-PSResource has to agree with it.
fn the_package_says_what_publishing_the_module_would(site: &Site) {
    let ran = install(
        site,
        &format!(
            r#"
            $null = New-Item -ItemType Directory published
            Register-PSResourceRepository -Name Published -Uri $PWD/published -Trusted
            Publish-PSResource -Path {} -Repository Published
            function Read-Metadata([string] $Folder) {{
                $archive = [System.IO.Compression.ZipFile]::OpenRead("$Folder/VcdBearer.{VERSION}.nupkg")
                $reader = [System.IO.StreamReader]::new($archive.GetEntry('VcdBearer.nuspec').Open())
                ([xml] $reader.ReadToEnd()).package.metadata
            }}
            $theirs, $ours = (Read-Metadata published), (Read-Metadata $env:GALLERY)
            foreach ($element in $theirs.ChildNodes) {{
                # The tags by which older commands find modules are additions of PowerShellGet's.
                $same = $ours[$element.Name].InnerText -replace ' PS(Includes|Function|Command)_\S+' -ceq $element.InnerText
                if (-not $same) {{ "$($element.Name): $($element.InnerText) and not $($ours[$element.Name].InnerText)" }}
            }}
            "$($theirs.ChildNodes.Count -ge 9) $($ours.NamespaceURI -eq $theirs.NamespaceURI)"
            "#,
            literal(&site.shell.module_folder())
        ),
    );
    assert_eq!(ran.stdout, "True True\n");
}
