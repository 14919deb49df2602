//! `GET /api/versions`: the API versions that the release offers. It needs neither a session nor a version.

use super::errors::escape_xml;
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::release::ApiVersion;

/// Versions below this one log in at `/api/sessions`.
const FIRST_WITH_OPENAPI_LOGIN: ApiVersion = ApiVersion::new(33, 0);

pub(crate) fn list(state: &State, request: &Request) -> Response {
    let release = state.release;
    let host = escape_xml(request.head.header("host").unwrap_or("localhost"));
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <SupportedVersions xmlns=\"http://www.vmware.com/vcloud/versions\">\n",
    );
    // Real lists begin with the lowest version, and some clients take the last one.
    let highest_first: Vec<_> = release.versions().collect();
    for (version, deprecated) in highest_first.into_iter().rev() {
        body.push_str(&entry("VersionInfo", deprecated, &version.to_string(), &logins(&host, version)));
    }
    body.push_str(&format!("  <SchemaRoot>https://{host}/api/v1.5/schema/</SchemaRoot>\n"));
    let alpha = release.alpha_version();
    // Real lists add the build to the name of an alpha version, error texts do not.
    body.push_str(&entry("AlphaVersion", false, &format!("{alpha}-123456"), &logins(&host, alpha)));
    body.push_str("</SupportedVersions>\n");
    Response::new(200, "text/xml", body)
}

fn entry(element: &str, deprecated: bool, version: &str, logins: &str) -> String {
    format!("  <{element} deprecated=\"{deprecated}\">\n    <Version>{version}</Version>\n{logins}  </{element}>\n")
}

/// The elements that say where to log in with a password. `host` is escaped.
fn logins(host: &str, version: ApiVersion) -> String {
    if version < FIRST_WITH_OPENAPI_LOGIN {
        return format!("    <LoginUrl>https://{host}/api/sessions</LoginUrl>\n");
    }
    let login = format!("https://{host}/cloudapi/1.0.0/sessions");
    format!("    <LoginUrl>{login}</LoginUrl>\n    <ProviderLoginUrl>{login}/provider</ProviderLoginUrl>\n")
}
