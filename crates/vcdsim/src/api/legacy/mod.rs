//! The legacy interface, `/api`: what PowerCLI speaks. Documents in XML, or in JSON for who asks for it.

mod entity;
mod organizations;
mod query;
mod reference;
mod session;
mod vapps;
mod vdc;

use super::authentication;
use super::document::{Element, Form};
use super::errors::Interface;
use crate::http::{Request, Response};
use crate::site::State;
use crate::site::release::{Accepted, ApiVersion};
use crate::site::sessions::Session;

/// The namespace of all documents but the list of versions.
pub(crate) const NAMESPACE: &str = "http://www.vmware.com/vcloud/v1.5";

/// What a path below `/api` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    Session,
    Admin,
    OrgList,
    Org(&'a str),
    Entity(&'a str),
    /// The type stands in the path, or else in the query.
    Query(Option<&'static str>),
    VApp(&'a str),
    ControlAccess(&'a str),
    Vm(&'a str),
    Vdc(&'a str),
}

impl<'a> Resource<'a> {
    pub(crate) fn at(path: &[&'a str]) -> Option<Self> {
        // VCD writes some of its own links with a slash at the end, and takes both.
        let path = path.strip_suffix(&[""]).unwrap_or(path);
        Some(match path {
            ["session"] => Self::Session,
            ["admin"] => Self::Admin,
            ["org"] => Self::OrgList,
            ["org", id] => Self::Org(id),
            ["entity", urn] => Self::Entity(urn),
            ["query"] => Self::Query(None),
            ["vApps", "query"] => Self::Query(Some("vApp")),
            ["vms", "query"] => Self::Query(Some("vm")),
            ["vApp", id] if id.starts_with("vm-") => Self::Vm(id),
            ["vApp", id] => Self::VApp(id),
            ["vApp", id, "controlAccess"] => Self::ControlAccess(id),
            ["vdc", id] => Self::Vdc(id),
            _ => return None,
        })
    }

    fn methods(self) -> &'static [&'static str] {
        if self == Self::Session { &["GET", "DELETE"] } else { &["GET"] }
    }
}

/// A call that has a version and a session.
struct Call<'a> {
    state: &'a State,
    session: &'a Session,
    version: ApiVersion,
    interface: Interface,
    /// The URL of `/api`, as the client wrote it.
    base: String,
    query: &'a str,
}

/// A document with its media type in XML.
struct Document {
    media_type: &'static str,
    root: Element,
}

impl Call<'_> {
    /// The element of a document that has an address.
    fn resource(&self, name: &'static str, path: &str, media_type: &'static str) -> Element {
        Element::new(name).with("href", format!("{}/{path}", self.base)).with("type", media_type)
    }

    fn no_access(&self) -> Response {
        self.interface.no_access("simulated: no access to this resource")
    }
}

pub(crate) fn answer(state: &mut State, request: &Request, resource: Resource) -> Response {
    answered(state, request, resource).unwrap_or_else(|refused| refused)
}

fn answered(state: &mut State, request: &Request, resource: Resource) -> Result<Response, Response> {
    // Until it is known which form the caller asks for, VCD speaks XML.
    let xml = Interface::Legacy(Form::Xml);
    let method = request.head.method.as_str();
    if !resource.methods().contains(&method) {
        return Err(xml.method_not_allowed(&resource.methods().join(", ")));
    }
    let Accepted { version, media_range } = authentication::accepted(state, request, xml)?;
    let form = Form::wanted_by(media_range);
    let interface = Interface::Legacy(form);
    let session = authentication::session(state, request, version, interface)?;
    if method == "DELETE" {
        state.sessions.end(&session.id);
        return Ok(Response::empty(state.settings.legacy_logout_status));
    }
    let base = format!("{}/api", request.head.base_url());
    let call = Call { state, session: &session, version, interface, base, query: request.head.query() };
    let Document { media_type, root } = document(&call, resource)?;
    let content_type = format!("{};version={version}", form.media_type(media_type));
    let response = Response::new(200, content_type, root.document(form, NAMESPACE));
    Ok(if resource == Resource::Session { session::with_credentials(&call, response) } else { response })
}

fn document(call: &Call, resource: Resource) -> Result<Document, Response> {
    match resource {
        Resource::Session => Ok(session::document(call)),
        Resource::Admin => organizations::admin(call),
        Resource::OrgList => Ok(organizations::list(call)),
        Resource::Org(id) => organizations::org(call, id),
        Resource::Entity(urn) => entity::document(call, urn),
        Resource::Query(of_type) => query::document(call, of_type),
        Resource::VApp(id) => vapps::vapp(call, id),
        Resource::ControlAccess(id) => vapps::control_access(call, id),
        Resource::Vm(id) => vapps::vm(call, id),
        Resource::Vdc(id) => vdc::document(call, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources_with_and_without_a_slash_at_the_end() {
        for (path, resource) in [
            (&["session"][..], Some(Resource::Session)),
            (&["admin", ""], Some(Resource::Admin)),
            (&["org"], Some(Resource::OrgList)),
            (&["org", ""], Some(Resource::OrgList)),
            (&["org", "1"], Some(Resource::Org("1"))),
            (&["vApp", "vapp-1"], Some(Resource::VApp("vapp-1"))),
            (&["vApp", "vm-1"], Some(Resource::Vm("vm-1"))),
            (&["vApp", "vapp-1", "controlAccess", ""], Some(Resource::ControlAccess("vapp-1"))),
            (&["vms", "query"], Some(Resource::Query(Some("vm")))),
            (&["org", "1", "x"], None),
            (&["sessions"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(Resource::at(path), resource, "{path:?}");
        }
    }
}
