//! Lists in pages: the envelope around the values, and the `Link` headers to the other pages.

use serde_json::{Value, json};

use super::{Call, json};
use crate::api::document::plain;
use crate::api::errors::Interface;
use crate::api::selection::{Item, Page, Parameters, Selection, TooLarge};
use crate::http::Response;

impl Item for Value {
    /// A field within a field has a path with dots: `owner.name`.
    fn texts(&self, field: &str) -> Option<Vec<String>> {
        let found = field.split('.').try_fold(self, |value, name| value.get(name))?;
        Some(vec![plain(found)])
    }
}

/// The page of `values` that a request asks for.
pub(super) fn answer(call: &Call, values: Vec<Value>) -> Result<Response, Response> {
    let bad_request = |message: String| Interface::OpenApi.bad_request(&message);
    let head = &call.request.head;
    let parameters = Parameters::read(head.query());
    let selection = Selection::read(&parameters, TooLarge::Refuse).map_err(bad_request)?;
    let page = selection.apply(values).map_err(bad_request)?;
    let body = json!({
        "resultTotal": page.total,
        "pageCount": page.count(),
        "page": page.page,
        "pageSize": page.page_size,
        "associations": null,
        "values": page.items,
    });
    let address = format!("{}{}", head.base_url(), head.path());
    let links = relations(&page).into_iter().map(|(relations, number)| {
        let query = parameters.with(&[("page", &number.to_string()), ("pageSize", &page.page_size.to_string())]);
        format!("<{address}?{query}>;rel=\"{relations}\";type=\"application/json\"")
    });
    Ok(links.fold(json(call.version, &body), |response, link| response.with_another_header("Link", link)))
}

/// The other pages, each once with all that it is: the last page can be the next one as well.
fn relations(page: &Page<Value>) -> Vec<(String, usize)> {
    let mut relations: Vec<(String, usize)> = Vec::new();
    for (relation, number) in page.others() {
        match relations.last_mut() {
            Some((name, same)) if *same == number => *name = format!("{relation} {name}"),
            _ => relations.push((relation.to_owned(), number)),
        }
    }
    relations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_linked_once_with_all_that_it_is() {
        for (page, expected) in [
            (1, &[("nextPage", 2), ("lastPage", 3)][..]),
            (2, &[("previousPage firstPage", 1), ("lastPage nextPage", 3)]),
            (3, &[("firstPage", 1), ("previousPage", 2)]),
        ] {
            let page: Page<Value> = Page { items: Vec::new(), total: 50, page, page_size: 20 };
            let relations = relations(&page);
            let relations: Vec<_> = relations.iter().map(|(names, number)| (names.as_str(), *number)).collect();
            assert_eq!(relations, expected);
        }
    }

    #[test]
    fn fields_within_fields_have_paths() {
        let value = json!({ "name": "web", "owner": { "name": "alice" }, "token": null });
        for (field, expected) in [("name", Some("web")), ("owner.name", Some("alice")), ("token", Some(""))] {
            assert_eq!(value.texts(field), expected.map(|text| vec![text.to_owned()]), "{field}");
        }
        assert!(value.texts("owner.colour").is_none() && value.texts("name.x").is_none());
    }
}
