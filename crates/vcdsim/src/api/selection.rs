//! What a request wants of a list: which items, in which order, which page. Both interfaces take the same parameters.

use std::cmp::Ordering;

use url::form_urlencoded;

use super::fiql::Filter;

const DEFAULT_PAGE_SIZE: usize = 25;
/// VCD's own limit, unless its operator has changed it.
const LARGEST_PAGE: usize = 128;

/// An item of a list.
pub(crate) trait Item {
    /// The texts of a field that a filter may meet; the first one sorts. None if there is no such field.
    fn texts(&self, field: &str) -> Option<Vec<String>>;
}

/// What an interface does with a page size beyond the limit. Neither is documented well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooLarge {
    Refuse,
    Reduce,
}

/// The parameters of a request, in the order sent.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(parameter, _)| parameter == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The query of the same request with some parameters changed or added.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> String {
        let is_kept = |(name, _): &&(String, String)| changes.iter().all(|(changed, _)| name != changed);
        let kept = self.0.iter().filter(is_kept).map(|(name, value)| (name.as_str(), value.as_str()));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).extend_pairs(changes).finish()
    }
}

/// What is wanted.
pub(crate) struct Selection {
    filter: Option<Filter>,
    sort: Option<Sort>,
    page: usize,
    page_size: usize,
}

struct Sort {
    field: String,
    descending: bool,
}

impl Selection {
    /// Reads `filter`, `sortAsc`, `sortDesc`, `page` and `pageSize`; the error says what is wrong.
    pub(crate) fn read(parameters: &Parameters, too_large: TooLarge) -> Result<Self, String> {
        let encoded = parameters.get("filterEncoded").is_some_and(|value| value == "true");
        let filter = parameters.get("filter").map(|filter| Filter::parse(filter, encoded)).transpose()?;
        let sort = |name, descending| parameters.get(name).map(|field| Sort { field: field.to_owned(), descending });
        let page_size = positive(parameters, "pageSize", DEFAULT_PAGE_SIZE)?;
        if page_size > LARGEST_PAGE && too_large == TooLarge::Refuse {
            return Err(format!("pageSize is {LARGEST_PAGE} at most"));
        }
        Ok(Self {
            filter,
            sort: sort("sortAsc", false).or_else(|| sort("sortDesc", true)),
            page: positive(parameters, "page", 1)?,
            page_size: page_size.min(LARGEST_PAGE),
        })
    }

    /// Applies the selection. A page behind the last one is empty. The error names a field that no item has.
    pub(crate) fn apply<T: Item>(&self, items: Vec<T>) -> Result<Page<T>, String> {
        let mut chosen = Vec::with_capacity(items.len());
        for item in items {
            let passes = self.filter.as_ref().map(|filter| filter.passes(&|field| item.texts(field)));
            if passes.transpose()?.unwrap_or(true) {
                chosen.push(item);
            }
        }
        if let Some(sort) = &self.sort {
            sort.apply(&mut chosen)?;
        }
        let total = chosen.len();
        let skipped = (self.page - 1).saturating_mul(self.page_size);
        let items = chosen.into_iter().skip(skipped).take(self.page_size).collect();
        Ok(Page { items, total, page: self.page, page_size: self.page_size })
    }
}

impl Sort {
    fn apply<T: Item>(&self, items: &mut [T]) -> Result<(), String> {
        let unknown = || format!("there is no field {:?} to sort by", self.field);
        if items.iter().any(|item| item.texts(&self.field).is_none()) {
            return Err(unknown());
        }
        let key = |item: &T| item.texts(&self.field).unwrap_or_default().into_iter().next().unwrap_or_default();
        items.sort_by(|left, right| {
            let order = compare(&key(left), &key(right));
            if self.descending { order.reverse() } else { order }
        });
        Ok(())
    }
}

/// Numbers compare by their value.
fn compare(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

fn positive(parameters: &Parameters, name: &str, default: usize) -> Result<usize, String> {
    let Some(text) = parameters.get(name) else { return Ok(default) };
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("{name} is no number from 1 on"))
}

/// One page of what was selected.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// How many there are on all pages.
    pub(crate) total: usize,
    /// Counts from 1.
    pub(crate) page: usize,
    pub(crate) page_size: usize,
}

impl<T> Page<T> {
    pub(crate) fn count(&self) -> usize {
        self.total.div_ceil(self.page_size)
    }

    /// The other pages that a page refers to, each with the name of the relation, in the order in which VCD tells them.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let (page, last) = (self.page, self.count());
        let before = (page > 1 && last > 0).then(|| [("firstPage", 1), ("previousPage", (page - 1).min(last))]);
        let after = (page < last).then(|| [("nextPage", page + 1), ("lastPage", last)]);
        before.into_iter().chain(after).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Item for u32 {
        fn texts(&self, field: &str) -> Option<Vec<String>> {
            (field == "n").then(|| vec![self.to_string()])
        }
    }

    fn select(query: &str, count: u32) -> Result<Page<u32>, String> {
        Selection::read(&Parameters::read(query), TooLarge::Reduce)?.apply((1..=count).collect())
    }

    #[test]
    fn pages_are_cut_and_know_their_neighbours() {
        for (query, first, length, others) in [
            ("", Some(1), 25, &[("nextPage", 2), ("lastPage", 3)][..]),
            ("page=2", Some(26), 25, &[("firstPage", 1), ("previousPage", 1), ("nextPage", 3), ("lastPage", 3)]),
            ("page=3", Some(51), 10, &[("firstPage", 1), ("previousPage", 2)]),
            ("page=9", None, 0, &[("firstPage", 1), ("previousPage", 3)]),
            ("pageSize=128", Some(1), 60, &[]),
            ("pageSize=100000", Some(1), 60, &[]),
            ("page=18446744073709551615", None, 0, &[("firstPage", 1), ("previousPage", 3)]),
        ] {
            let page = select(query, 60).unwrap();
            assert_eq!((page.items.first().copied(), page.items.len(), page.total), (first, length, 60), "{query}");
            assert_eq!(page.others().collect::<Vec<_>>(), others, "{query}");
        }
        assert_eq!(select("page=2", 0).unwrap().others().count(), 0);
    }

    #[test]
    fn pages_that_are_too_large_are_reduced_or_refused() {
        assert_eq!(select("pageSize=129", 1000).unwrap().items.len(), 128);
        let refused = |query| Selection::read(&Parameters::read(query), TooLarge::Refuse).is_err();
        assert!(refused("pageSize=129") && !refused("pageSize=128"));
    }

    #[test]
    fn items_are_filtered_and_sorted() {
        let items = |query| select(query, 12).unwrap().items;
        assert_eq!(items("filter=n==1*&sortDesc=n"), [12, 11, 10, 1]);
        assert_eq!(items("filter=n!=1*&sortAsc=n&pageSize=2"), [2, 3]);
        assert_eq!(items("filter=&sortAsc=&pageSize=2"), [1, 2], "empty parameters count as absent");
        assert_eq!(select("filter=n==1*", 12).unwrap().total, 4);
    }

    #[test]
    fn mistakes_are_told() {
        for wrong in ["page=0", "page=x", "pageSize=-1", "filter=n", "filter=m==1", "sortAsc=m", "sortDesc=m"] {
            assert!(select(wrong, 3).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parameters_are_changed_in_a_query() {
        let parameters = Parameters::read("type=vm&page=1&filter=name%3D%3Da%26b&page=7");
        assert_eq!(parameters.get("page"), Some("1"));
        assert_eq!(parameters.with(&[("page", "2")]), "type=vm&filter=name%3D%3Da%26b&page=2");
    }
}
