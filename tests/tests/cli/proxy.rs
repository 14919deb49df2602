//! The proxy that the program takes, and how often it tries again.

use vcdsim::{Effect, Fault, ForwardProxy, Match};

use crate::{Case, Site, text};

pub(crate) const CASES: &[Case] = &[
    ("a_proxy_is_named", a_proxy_is_named),
    ("the_environment_names_a_proxy", the_environment_names_a_proxy),
    ("a_proxy_that_wants_a_password_gets_it_from_the_environment", a_proxy_that_wants_a_password),
    ("a_variable_that_is_no_proxy_is_named", a_variable_that_is_no_proxy_is_named),
    ("a_password_in_an_argument_is_refused", a_password_in_an_argument_is_refused),
    ("an_unreachable_proxy_is_told", an_unreachable_proxy_is_told),
    ("retries_can_be_left_out", retries_can_be_left_out),
];

fn proxy(credentials: Option<(&str, &str)>) -> ForwardProxy {
    ForwardProxy::start(credentials).expect("the proxy starts")
}

fn a_proxy_is_named(site: &Site) {
    let (named, ignored) = (proxy(None), proxy(None));
    site.get(&["--proxy", &named.url()]).env("HTTPS_PROXY", ignored.url()).assert().success();
    assert_eq!(named.tunnels(), [format!("localhost:{}", site.simulator.port())]);
    assert!(ignored.tunnels().is_empty());
}

fn the_environment_names_a_proxy(site: &Site) {
    let proxy = proxy(None);
    let call = |arguments: &[&str], excepted: &str| {
        site.get(arguments).env("HTTPS_PROXY", proxy.url()).env("NO_PROXY", excepted).assert().success();
        proxy.tunnels().len()
    };
    assert_eq!(call(&[], "example.com"), 1);
    assert_eq!(call(&[], "localhost"), 1);
    assert_eq!(call(&["--no-proxy"], ""), 1);
    assert_eq!(call(&[], ""), 2);
}

fn a_proxy_that_wants_a_password(site: &Site) {
    let proxy = proxy(Some(("user", "hunter2/@")));
    let with = |user_info: &str| {
        let url = proxy.url().replace("http://", &format!("http://{user_info}"));
        site.get(&[]).env("HTTPS_PROXY", url).assert()
    };
    with("user:hunter2/@@").success();
    with("user:hunter2%2F%40@").success();
    assert_eq!(proxy.tunnels().len(), 2);
    for user_info in ["", "user:hunter3@"] {
        let told = text(&with(user_info).code(3).stdout("").get_output().stderr);
        assert!(told.contains("ProxyAuthenticationRequired (2005)") && !told.contains("hunter"), "{told}");
    }
}

fn a_variable_that_is_no_proxy_is_named(site: &Site) {
    for rubbish in ["http://user:hunter2@", "socks5://user:hunter2@localhost:1", "hunter2 hunter2"] {
        let with = |variable: &str| site.get(&[]).env(variable, rubbish).assert();
        for variable in ["HTTPS_PROXY", "https_proxy"] {
            let told = text(&with(variable).code(2).stdout("").get_output().stderr);
            assert!(told.contains("InvalidOption (1014)") && told.contains("HTTPS_PROXY"), "{told}");
            assert!(!told.contains("hunter"), "{told}");
        }
    }
    site.get(&[]).env("HTTPS_PROXY", "hunter2 hunter2").env("NO_PROXY", "localhost").assert().success();
    assert_eq!(site.simulator.journal().requests.len(), 1);
}

fn a_password_in_an_argument_is_refused(site: &Site) {
    let refused = site.get(&["--proxy", "http://user:hunter2@proxy.example.com:3128"]).assert().code(2).stdout("");
    let told = text(&refused.get_output().stderr);
    assert!(told.contains("InvalidOption (1014)") && !told.contains("hunter2"), "{told}");
}

fn an_unreachable_proxy_is_told(site: &Site) {
    let gone = proxy(None).url();
    let told = text(&site.get(&["--proxy", &gone]).assert().code(3).stdout("").get_output().stderr);
    assert!(told.contains("ProxyFailed (2004)"), "{told}");
}

fn retries_can_be_left_out(site: &Site) {
    let session = site.session();
    let check = |arguments: &[&str]| {
        let matching = Match { path: Some("/sessions/current".to_owned()), ..Match::default() };
        let effect = Effect { status: Some(503), ..Effect::default() };
        site.simulator.add_fault(Fault { matching, times: Some(1), effect, ..Fault::default() });
        let mut call = site.trusting_call(&["check"]);
        call.args(arguments).write_stdin(session.as_str()).assert()
    };
    let told = text(&check(&["--max-retries", "0"]).code(4).get_output().stderr);
    assert!(told.contains("ServiceUnavailable (3006)"), "{told}");
    check(&[]).success();
    site.get(&["--max-retries", "11"]).assert().code(2);
}
