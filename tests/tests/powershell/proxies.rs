//! Ways through a real forward proxy.

use vcdsim::ForwardProxy;

use crate::Case;
use crate::site::{Ran, Site, run};

pub(crate) const CASES: &[Case] = &[
    ("a_named_proxy_is_taken_and_rides_along", a_named_proxy_is_taken_and_rides_along),
    ("a_proxy_that_wants_a_password_gets_it", a_proxy_that_wants_a_password_gets_it),
    ("the_proxy_of_the_environment_is_taken_unless_excepted", the_proxy_of_the_environment_is_taken_unless_excepted),
    ("a_proxy_that_is_not_there_is_named", a_proxy_that_is_not_there_is_named),
    ("what_was_not_sent_is_tried_again", what_was_not_sent_is_tried_again),
];

/// A script that must succeed, with `PROXY` for the proxy's address.
fn lines(site: &Site, proxy: &str, text: &str) -> Vec<String> {
    let mut command = site.file(&site.script(text));
    command.env("PROXY", proxy);
    let Ran { code, stdout, stderr } = run(command);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout.lines().map(str::to_owned).collect()
}

fn a_named_proxy_is_taken_and_rides_along(site: &Site) {
    let proxy = ForwardProxy::start(None).expect("the proxy starts");
    let told = lines(
        site,
        &proxy.url(),
        r#"
        $login = $Site + @{ Org = 'acme'; ApiToken = $Token }
        $all = @(Get-VcdBearer @login -Proxy $env:PROXY -Verbose 4>&1)
        $b = $all[-1]
        @($all -match [regex]::Escape("proxy $env:PROXY.")).Count, ($b.Proxy -eq $env:PROXY) -join '|'
        Test-VcdBearer $b
        $b | Export-Clixml b.xml
        # Where only the object is known, it is reached so too; the same as bearer and without a proxy is another way.
        Receive-Job -Wait (Start-Job { Import-Module VcdBearer; Test-VcdBearer (Import-Clixml $using:PWD/b.xml) })
        Test-VcdBearer $b -NoProxy
        $direct = Get-VcdBearer @login -NoProxy
        $direct.SessionId -ne $b.SessionId
        $env:HTTPS_PROXY = 'http://localhost:1'
        (Get-VcdBearer @login -NoProxy -NoCache).NoProxy
        "#,
    );
    assert_eq!(told, ["1|True", "True", "True", "True", "True", "True"]);
    assert_eq!(proxy.tunnels().len(), 3, "{:?}", proxy.tunnels());
}

fn a_proxy_that_wants_a_password_gets_it(site: &Site) {
    let proxy = ForwardProxy::start(Some(("proxy user", "s3cret:/@ %"))).expect("the proxy starts");
    let told = lines(
        site,
        &proxy.url(),
        r#"
        $login = $Site + @{ Org = 'acme'; ApiToken = $Token; NoCache = $true }
        try { Get-VcdBearer @login -Proxy $env:PROXY } catch { $_.FullyQualifiedErrorId }
        $wrong = [pscredential]::new('proxy user', (ConvertTo-SecureString 'wrong' -AsPlainText -Force))
        try { Get-VcdBearer @login -Proxy $env:PROXY -ProxyCredential $wrong } catch { $_.FullyQualifiedErrorId }
        $right = [pscredential]::new('proxy user', (ConvertTo-SecureString 's3cret:/@ %' -AsPlainText -Force))
        $b = Get-VcdBearer @login -Proxy $env:PROXY -ProxyCredential $right
        $b.User
        # The process knows the password; the object does not.
        Test-VcdBearer $b
        ($b | ConvertTo-Json).Contains('s3cret')
        try { Receive-Job -Wait (Start-Job { Import-Module VcdBearer; Test-VcdBearer $using:b }) } catch { $_.FullyQualifiedErrorId }
        Test-VcdBearer "$b" @Site -Proxy $env:PROXY -ProxyCredential $right
        # In the environment's own form.
        $env:HTTPS_PROXY = $env:PROXY.Replace('://', '://proxy%20user:s3cret%3A%2F%40%20%25@')
        $all = @(Get-VcdBearer @login -Verbose 4>&1)
        $all[-1].User, @($all -match 'HTTPS_PROXY').Count, @($all -match 's3cret').Count -join '|'
        # As people write it.
        $env:HTTPS_PROXY = $env:PROXY.Replace('://', '://proxy user:s3cret:/@ %@')
        (Get-VcdBearer @login).User
        foreach ($rubbish in 'http://proxy user:s3cret@', 's3cret s3cret', 'socks5://proxy user:s3cret@localhost:1', 'http://local host:1') {
            $env:HTTPS_PROXY = $rubbish
            try { Get-VcdBearer @login } catch { $_.FullyQualifiedErrorId, "$_".Contains('HTTPS_PROXY'), "$_".Contains('s3cret') -join '|' }
        }
        $env:HTTPS_PROXY = ''
        Remove-VcdBearer $b
        "#,
    );
    let wanted = "Vcd.ProxyAuthenticationRequired";
    let at = |command: &str| format!("{wanted},{command}");
    let rubbish = "Vcd.InvalidOption,Get-VcdBearer|True|False".to_owned();
    assert_eq!(
        told,
        [
            at("Get-VcdBearer"),
            at("Get-VcdBearer"),
            "alice".into(),
            "True".into(),
            "False".into(),
            at("Test-VcdBearer"),
            "True".into(),
            "alice|1|0".into(),
            "alice".into(),
            rubbish.clone(),
            rubbish.clone(),
            rubbish.clone(),
            rubbish,
        ]
    );
}

fn the_proxy_of_the_environment_is_taken_unless_excepted(site: &Site) {
    let proxy = ForwardProxy::start(None).expect("the proxy starts");
    let told = lines(
        site,
        &proxy.url(),
        r#"
        $login = $Site + @{ Org = 'acme'; ApiToken = $Token; NoCache = $true }
        $env:HTTPS_PROXY = $env:PROXY
        foreach ($exception in '', 'example.com', 'localhost', '*', '.localhost,127.0.0.1') {
            $env:NO_PROXY = $exception
            $all = @(Get-VcdBearer @login -Verbose 4>&1)
            $all[-1].User, @($all -match 'from HTTPS_PROXY').Count -join '|'
        }
        # It may stand in small letters, and be taken away again.
        Remove-Item env:HTTPS_PROXY, env:NO_PROXY
        $env:https_proxy = $env:PROXY
        @(Get-VcdBearer @login -Verbose 4>&1 | Where-Object { "$_" -match 'from HTTPS_PROXY' }).Count
        Remove-Item env:https_proxy
        @(Get-VcdBearer @login -Verbose 4>&1 | Where-Object { "$_" -match 'direct, without a proxy' }).Count
        "#,
    );
    assert_eq!(told, ["alice|1", "alice|1", "alice|0", "alice|0", "alice|0", "1", "1"]);
    assert_eq!(proxy.tunnels().len(), 3, "{:?}", proxy.tunnels());
}

fn a_proxy_that_is_not_there_is_named(site: &Site) {
    let told = site.lines(
        r"
        try { Get-VcdBearer @Site -Org acme -ApiToken $Token -Proxy http://localhost:1 -MaximumRetryCount 0 } catch {
            $_.FullyQualifiedErrorId, $_.Exception.Message.Contains('localhost:1') -join '|'
        }
        ",
    );
    assert_eq!(told, ["Vcd.ProxyFailed,Get-VcdBearer|True"]);
    assert!(site.requests().is_empty());
}

fn what_was_not_sent_is_tried_again(site: &Site) {
    let told = site.lines(
        r#"
        # Nobody listens there.
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start(); $port = $listener.LocalEndpoint.Port; $listener.Stop()
        $call = @{ Org = 'acme'; ApiToken = $Token; ErrorAction = 'SilentlyContinue'; Verbose = $true }
        foreach ($retries in 0, 2) {
            $all = @(Get-VcdBearer "localhost:$port" @call -MaximumRetryCount $retries 4>&1)
            $Error[0].FullyQualifiedErrorId, (@($all -match 'It took').Message -join ' ') -join '|'
        }
        "#,
    );
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let failed = "Vcd.ConnectFailed,Get-VcdBearer|";
    assert_eq!(told, [failed, &format!("{failed}It took 3 attempts; nothing was sent in the others.")]);
}
