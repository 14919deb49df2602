//! `GET /api/versions`: the API versions that the release offers. It needs neither a session nor a version.

use super::document::{Element, Form};
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::release::ApiVersion;

const NAMESPACE: &str = "http://www.vmware.com/vcloud/versions";

/// Versions below this one log in at `/api/sessions`.
const FIRST_WITH_OPENAPI_LOGIN: ApiVersion = ApiVersion::new(33, 0);

pub(crate) fn list(state: &State, request: &Request) -> Response {
    let release = state.settings.release;
    let base = request.head.base_url();
    // Real lists begin with the lowest version, and some clients take the last one.
    let mut versions: Vec<Element> = release
        .versions()
        .map(|(version, deprecated)| entry("VersionInfo", deprecated, &version.to_string(), logins(&base, version)))
        .collect();
    versions.reverse();
    let newest = release.newest();
    versions.extend(release.alias().map(|name| entry("VersionInfo", false, name, logins(&base, newest))));
    let alpha = release.alpha_version();
    // Real lists add the build to the name of an alpha version, error texts do not.
    let alpha = entry("AlphaVersion", false, &format!("{alpha}-123456"), logins(&base, alpha));
    let body = Element::new("SupportedVersions")
        .children("VersionInfo", versions)
        .child(Element::text("SchemaRoot", format!("{base}/api/v1.5/schema/")))
        .child(alpha)
        .document(Form::Xml, NAMESPACE);
    Response::new(200, "text/xml", body)
}

fn entry(element: &'static str, deprecated: bool, version: &str, logins: Vec<Element>) -> Element {
    let entry = Element::new(element).with("deprecated", deprecated).child(Element::text("Version", version));
    logins.into_iter().fold(entry, Element::child)
}

/// The elements that say where to log in with a password.
fn logins(base: &str, version: ApiVersion) -> Vec<Element> {
    if version < FIRST_WITH_OPENAPI_LOGIN {
        return vec![Element::text("LoginUrl", format!("{base}/api/sessions"))];
    }
    let login = format!("{base}/cloudapi/1.0.0/sessions");
    vec![Element::text("LoginUrl", &*login), Element::text("ProviderLoginUrl", format!("{login}/provider"))]
}
