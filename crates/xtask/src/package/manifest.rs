//! What the module's manifest says of it: the package's own description repeats it.

use anyhow::{Context, Result, ensure};

/// The text of `VcdBearer.psd1`. Only its two plain forms are read: `Key = 'text'` and `Key = @('text', 'text')`.
pub(crate) struct Manifest(String);

impl Manifest {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text that a key has.
    pub(crate) fn text(&self, key: &str) -> Result<&str> {
        let value = self.value(key)?.lines().next().unwrap_or_default();
        let text = value.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        text.with_context(|| format!("{key} is no text in the manifest"))
    }

    /// The texts that a key lists.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<&str>> {
        let list = self.value(key)?.trim_start().strip_prefix("@(").and_then(|rest| rest.split(')').next());
        let list = list.with_context(|| format!("{key} is no list in the manifest"))?;
        // Between quotation marks stand the texts, and outside them the commas.
        Ok(list.split('\'').skip(1).step_by(2).collect())
    }

    /// What follows `Key =`, to the end of the manifest.
    fn value(&self, key: &str) -> Result<&str> {
        let mut values = self.0.match_indices(key).filter_map(|(at, _)| {
            let alone = self.0[..at].rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
            self.0[at + key.len()..].trim_start_matches(' ').strip_prefix('=').filter(|_| alone)
        });
        let value = values.next().with_context(|| format!("the manifest has no {key}"))?;
        ensure!(values.next().is_none(), "the manifest has more than one {key}");
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let text = "@{\n    Author      = 'Some (body)'\n    # Tags = 'no'\n    X = @{\n        Tags = @(\n            'a', 'b',\n            'c'\n        )\n        \
                    LicenseUri = 'https://example.com'\n    }\n    Empty = @()\n}\n";
        Manifest::new(text.to_owned())
    }

    #[test]
    fn texts_and_lists_are_read() {
        let manifest = manifest();
        assert_eq!(manifest.text("Author").unwrap(), "Some (body)");
        assert_eq!(manifest.text("LicenseUri").unwrap(), "https://example.com");
        assert_eq!(manifest.texts("Tags").unwrap(), ["a", "b", "c"]);
        assert!(manifest.texts("Empty").unwrap().is_empty());
    }

    #[test]
    fn what_is_missing_or_of_another_form_is_an_error() {
        let manifest = manifest();
        for result in [manifest.text("Copyright"), manifest.text("Tags"), manifest.text("Uri")] {
            result.unwrap_err();
        }
        manifest.texts("Author").unwrap_err();
        Manifest::new("A = 'x'\nA = 'y'\n".to_owned()).text("A").unwrap_err();
    }
}
