//! Where the next page of a list is. Cloud Director's APIs say it in a `Link` header, in links of the body, or not at all
//! but by the number of results.

use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;

use super::target::Target;
use crate::transport::Answer;

const NEXT: &str = "nextPage";

/// Path and query of the page after the one that `answer` holds; `None` after the last one, and if it is no list.
pub(crate) fn next_page(target: &Target, answer: &Answer) -> Option<String> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body).trim_ascii_start();
    let page = if body.starts_with(b"{") { serde_json::from_slice(body).unwrap_or_default() } else { Page::default() };
    let from_header = || answer.links.iter().find_map(|value| next_in_header(value)).map(str::to_owned);
    let from_json = || page.link.iter().flatten().find(|link| link.rel == NEXT).map(|link| link.href.clone());
    let from_xml = || if body.starts_with(b"<") { next_in_xml(body) } else { None };
    match from_header().or_else(from_json).or_else(from_xml) {
        Some(address) => target.path_told(&address),
        None => page.number_of_next().filter(|number| *number > target.page()).map(|number| target.at_page(number)),
    }
}

/// The members of a page of JSON: `link` in the legacy API, the numbers in the other one.
#[derive(Default, Deserialize)]
struct Page {
    link: Option<Vec<Link>>,
    page: Option<u64>,
    #[serde(rename = "pageSize")]
    size: Option<u64>,
    #[serde(rename = "resultTotal")]
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    rel: String,
    #[serde(default)]
    href: String,
}

impl Page {
    fn number_of_next(&self) -> Option<u64> {
        let (page, size, total) = (self.page?, self.size?, self.total?);
        (page.checked_mul(size)? < total).then_some(page + 1)
    }
}

/// The address in a `Link` header such as `<https://...>;rel="nextPage lastPage";type="..."`, one of several after commas.
fn next_in_header(value: &str) -> Option<&str> {
    value.split('<').skip(1).find_map(|link| {
        let (address, parameters) = link.split_once('>')?;
        let mut parameters = parameters.split([';', ',']).filter_map(|parameter| parameter.split_once('='));
        let is_next = |value: &str| value.trim().trim_matches('"').split(' ').any(|relation| relation == NEXT);
        parameters.any(|(name, value)| name.trim() == "rel" && is_next(value)).then_some(address)
    })
}

/// The address in a `Link` element right below the root: those further in belong to single records.
fn next_in_xml(body: &[u8]) -> Option<String> {
    let mut reader = quick_xml::Reader::from_reader(body);
    let mut depth = 0_u32;
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                if depth == 1
                    && let Some(address) = next_in_element(&element)
                {
                    return Some(address);
                }
                depth += 1;
            }
            Event::Empty(element) if depth == 1 => {
                if let Some(address) = next_in_element(&element) {
                    return Some(address);
                }
            }
            Event::End(_) => depth = depth.checked_sub(1)?,
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn next_in_element(element: &BytesStart<'_>) -> Option<String> {
    let attribute = |name: &str| {
        let attribute = element.try_get_attribute(name).ok()??;
        Some(attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?.into_owned())
    };
    let is_next = element.local_name().as_ref() == "Link" && attribute("rel").as_deref() == Some(NEXT);
    if is_next { attribute("href") } else { None }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::site::Site;

    fn next(path: &str, links: &[&str], body: &str) -> Option<String> {
        let target = Target::parse(path, &Site::parse("vcd.example.com").expect("valid")).expect(path);
        let links = links.iter().copied().map(str::to_owned).collect();
        let body = Zeroizing::new(body.as_bytes().to_vec());
        next_page(&target, &Answer { links, body, ..Answer::default() })
    }

    #[test]
    fn a_link_header_names_the_next_page() {
        let next_link = r#"<https://vcd.example.com/cloudapi/1.0.0/vms?page=2&x=1>;rel="nextPage";type="vms""#;
        let last_link = r#"<https://vcd.example.com/cloudapi/1.0.0/vms?page=9>;rel="lastPage""#;
        let expected = Some("/cloudapi/1.0.0/vms?page=2&x=1");
        assert_eq!(next("/cloudapi/1.0.0/vms", &[last_link, next_link], "").as_deref(), expected);
        let joined = format!("{last_link},{next_link}");
        assert_eq!(next("/cloudapi/1.0.0/vms", &[&joined], "").as_deref(), expected);
        let both = next_link.replace("nextPage", "lastPage nextPage");
        assert_eq!(next("/cloudapi/1.0.0/vms", &[&both], "").as_deref(), expected);
        assert_eq!(next("/cloudapi/1.0.0/vms", &[last_link, "nonsense", "<"], ""), None);
    }

    #[test]
    fn the_legacy_api_links_in_its_bodies() {
        let xml = r#"<?xml version="1.0"?><QueryResultRecords xmlns="x" page="1" pageSize="25" total="60">
            <Link rel="lastPage" href="https://vcd.example.com/api/query?page=3"/>
            <Link rel="nextPage" href="https://vcd.example.com/api/query?type=vm&amp;page=2"/><VMRecord name="a"/></QueryResultRecords>"#;
        assert_eq!(next("/api/query?type=vm", &[], xml).as_deref(), Some("/api/query?type=vm&page=2"));
        let open = xml.replace("page=2\"/>", "page=2\"></Link>");
        assert_eq!(next("/api/query?type=vm", &[], &open).as_deref(), Some("/api/query?type=vm&page=2"));
        let deeper = r#"<R><VMRecord><Link rel="nextPage" href="/x"/></VMRecord></R>"#;
        assert_eq!(next("/api/query", &[], deeper), None);
        let json =
            r#"{"link":[{"rel":"up"},{"rel":"nextPage","href":"https://vcd.example.com/api/query?page=2"}],"page":1}"#;
        assert_eq!(next("/api/query", &[], json).as_deref(), Some("/api/query?page=2"));
    }

    #[test]
    fn without_links_the_numbers_tell() {
        let page =
            |page, total| format!(r#"{{"resultTotal":{total},"pageCount":3,"page":{page},"pageSize":25,"values":[]}}"#);
        let path = "/cloudapi/1.0.0/vms?sortAsc=name";
        assert_eq!(next(path, &[], &page(1, 51)).as_deref(), Some("/cloudapi/1.0.0/vms?sortAsc=name&page=2"));
        let second = format!("{path}&page=2");
        assert_eq!(next(&second, &[], &page(2, 51)).as_deref(), Some("/cloudapi/1.0.0/vms?sortAsc=name&page=3"));
        assert_eq!(next(&second, &[], &page(2, 50)), None);
        assert_eq!(next(path, &[], &page(u64::MAX, u64::MAX)), None);
    }

    #[test]
    fn a_server_cannot_send_its_client_in_a_circle() {
        let first_again = r#"{"resultTotal":100,"page":1,"pageSize":25}"#;
        assert_eq!(next("/cloudapi/1.0.0/vms?page=2", &[], first_again), None);
        let same = r#"<https://vcd.example.com/a?page=2>;rel="nextPage""#;
        assert_eq!(next("/a?page=2", &[same], ""), None);
    }

    #[test]
    fn what_is_no_list_has_no_next_page() {
        for body in ["", "[]", "[1,2,3]", "{}", r#"{"page":"one"}"#, "<VApp/>", "<a><b>", "text", "{", "</a>"] {
            assert_eq!(next("/api/x", &[], body), None, "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(link in ".{0,60}", body in "[{<]?.{0,200}") {
            let _ = next("/api/query", &[&link], &body);
        }
    }
}
