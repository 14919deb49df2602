//! `GET /api/query`: lists of what there is, filtered, sorted and in pages.

mod kinds;
mod record;

use super::reference::link;
use super::{Call, Document};
use crate::api::document::Element;
use crate::api::selection::{Page, Parameters, Selection, TooLarge};
use crate::http::Response;
use kinds::Kind;
use record::Record;

const QUERY_LIST: &str = "application/vnd.vmware.vcloud.query.queryList+xml";

/// What a query tells about each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Its attributes, referring to others by their addresses.
    Records,
    /// The same, referring to others by their ids.
    IdRecords,
    /// Its name, id and address.
    References,
}

impl Format {
    const ALL: [Self; 3] = [Self::References, Self::Records, Self::IdRecords];

    fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::IdRecords => "idrecords",
            Self::References => "references",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Records => "application/vnd.vmware.vcloud.query.records+xml",
            Self::IdRecords => "application/vnd.vmware.vcloud.query.idrecords+xml",
            Self::References => "application/vnd.vmware.vcloud.query.references+xml",
        }
    }
}

/// Answers a query. `of_type` is the type that the path names, if it names one.
pub(super) fn document(call: &Call, of_type: Option<&str>) -> Result<Document, Response> {
    let parameters = Parameters::read(call.query);
    let Some(of_type) = of_type.or(parameters.get("type")) else { return Ok(query_list(call)) };
    let bad_request = |message: String| call.interface.bad_request(&message);
    let kind = Kind::find(of_type).ok_or_else(|| bad_request(format!("there is no query type {of_type:?}")))?;
    if kind.for_provider && !call.session.user.org.is_provider() {
        return Err(call.no_access());
    }
    let format = match parameters.get("format") {
        None => Format::Records,
        Some(name) => *Format::ALL
            .iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| bad_request(format!("there is no query format {name:?}")))?,
    };
    let selection = Selection::read(&parameters, TooLarge::Reduce).map_err(bad_request)?;
    let page = selection.apply(kind.records(call)).map_err(bad_request)?;
    Ok(Document { media_type: format.media_type(), root: result(call, &parameters, kind, format, &page) })
}

fn result(call: &Call, parameters: &Parameters, kind: &Kind, format: Format, page: &Page<Record>) -> Element {
    let records = page.items.iter().map(|record| record.element(kind, format));
    let (root, items) = match format {
        Format::Records | Format::IdRecords => ("QueryResultRecords", "Record"),
        Format::References => (kind.references, "Reference"),
    };
    let page_size = page.page_size.to_string();
    let href = |format: Format, number: usize| {
        let changes =
            [("type", kind.name), ("page", &number.to_string()), ("pageSize", &page_size), ("format", format.name())];
        format!("{}/query?{}", call.base, parameters.with(&changes))
    };
    let others = page.others().map(|(relation, number)| link(relation, &href(format, number), format.media_type()));
    // The same page in the other formats. A list without any link crashes PowerCLI, so VCD can have none.
    let alternates = Format::ALL
        .iter()
        .filter(|other| **other != format)
        .map(|other| link("alternate", &href(*other, page.page), other.media_type()));
    Element::new(root)
        .with("href", href(format, page.page))
        .with("type", format.media_type())
        .with("name", kind.name)
        .with("page", page.page)
        .with("pageSize", page.page_size)
        .with("total", page.total)
        .children("Link", others.chain(alternates))
        .children(items, records)
}

/// The queries that there are.
fn query_list(call: &Call) -> Document {
    let mine = Kind::ALL.iter().filter(|kind| !kind.for_provider || call.session.user.org.is_provider());
    let links = mine.flat_map(|kind| {
        Format::ALL.map(|format| {
            let href = format!("{}/query?type={}&format={}", call.base, kind.name, format.name());
            link("down", &href, format.media_type()).with("name", kind.name)
        })
    });
    Document { media_type: QUERY_LIST, root: call.resource("QueryList", "query", QUERY_LIST).children("Link", links) }
}
