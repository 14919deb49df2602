//! The JSON of go-vcloud-director and the Terraform provider.
//!
//! A save replaces the values that change and leaves every other byte alone: unknown members, their order, the spacing.

use std::fmt;
use std::ops::Range;

use serde::de::{MapAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::content::{self, Kind, Unfit};
use crate::secret::Secret;

/// What go-vcloud-director calls the kinds of token.
pub(crate) const SERVICE_ACCOUNT: &str = "Service Account";
pub(super) const API_TOKEN: &str = "API Token";

/// Where in the text what stands.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) token: Secret,
    pub(super) kind: Kind,
    pub(super) token_at: Range<usize>,
    pub(super) updated_by_at: Option<Range<usize>>,
    pub(super) updated_on_at: Option<Range<usize>>,
}

/// Reads the members of `text`, which begins with a brace.
pub(super) fn read(text: &str) -> Result<Members, Unfit> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let raw = deserializer.deserialize_map(MembersVisitor).map_err(|error| {
        // The place only: serde's own words may repeat what stands there.
        Unfit::invalid(format!("is cut off or is not JSON (line {}, column {})", error.line(), error.column()))
    })?;
    deserializer.end().map_err(|_| Unfit::invalid("goes on behind the end of its JSON"))?;
    let refresh_token = raw.one("refresh_token")?.ok_or_else(|| Unfit::invalid("has no refresh_token"))?;
    let token = serde_json::from_str::<Text>(refresh_token.get())
        .map_err(|_| Unfit::invalid("has a refresh_token that is not text"))?;
    let kind = raw.one("token_type")?.and_then(|value| serde_json::from_str::<String>(value.get()).ok());
    let place = |value: &RawValue| place(text, value);
    Ok(Members {
        token: token.0,
        kind: kind.map_or(Kind::Unknown, |kind| Kind::named(&kind)),
        token_at: place(refresh_token),
        updated_by_at: raw.one("updated_by")?.map(place),
        updated_on_at: raw.one("updated_on")?.map(place),
    })
}

/// Where a value stands in the text that it was read from.
fn place(text: &str, value: &RawValue) -> Range<usize> {
    let start = value.get().as_ptr().addr() - text.as_ptr().addr();
    start..start + value.get().len()
}

/// A new file in Terraform's form. `token_type` is [`SERVICE_ACCOUNT`] or [`API_TOKEN`].
pub(crate) fn new_file(token_type: &str, token: &Secret, now: OffsetDateTime) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    struct TokenFile<'a> {
        token_type: &'a str,
        refresh_token: &'a str,
        updated_by: &'a str,
        updated_on: String,
    }
    let file = TokenFile {
        token_type,
        refresh_token: token.expose(),
        updated_by: content::WRITER,
        updated_on: content::timestamp(now),
    };
    let mut content = Zeroizing::new(Vec::with_capacity(512 + token.expose().len()));
    // Text into memory: serde_json has no way to fail here.
    let _ = serde_json::to_writer_pretty(&mut *content, &file);
    content
}

/// A JSON string for `text`.
pub(super) fn quoted(text: &str) -> Zeroizing<String> {
    // Text into memory: serde_json has no way to fail here.
    Zeroizing::new(serde_json::to_string(text).unwrap_or_default())
}

/// The members of an object in their order, their values untouched.
struct RawMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'a> RawMembers<'a> {
    /// The only member of that name, if there is one.
    fn one(&self, name: &str) -> Result<Option<&'a RawValue>, Unfit> {
        let mut found = self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| *value);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(Unfit::invalid(format!("has {name} twice"))),
        }
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = RawMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut raw = Vec::new();
        while let Some(member) = members.next_entry()? {
            raw.push(member);
        }
        Ok(RawMembers(raw))
    }
}

/// Text that is copied into wiped memory at once.
struct Text(Secret);

impl<'de> serde::Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Secret::new(text)))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}
