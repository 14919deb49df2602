//! The methods of HTTP that calls are made with.

use std::str::FromStr;

use crate::{Failure, FailureKind};

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of HTTP")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Whether it only asks and changes nothing at the server.
    pub fn is_question(self) -> bool {
        matches!(self, Method::Get | Method::Head)
    }
}

impl FromStr for Method {
    type Err = Failure;

    /// Reads a method in any case.
    ///
    /// # Errors
    /// `InvalidOption` for anything but GET, HEAD, POST, PUT, PATCH and DELETE.
    fn from_str(text: &str) -> Result<Self, Failure> {
        Ok(match text.to_ascii_uppercase().as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => {
                let message = "The method is none of GET, HEAD, POST, PUT, PATCH and DELETE.";
                return Err(Failure::new(FailureKind::InvalidOption, message));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_in_any_case_and_others_refused() {
        assert_eq!("Patch".parse(), Ok(Method::Patch));
        for text in ["", " GET", "CONNECT", "TRACE", "OPTIONS", "GET\r\n"] {
            assert_eq!(text.parse::<Method>().expect_err(text).kind(), FailureKind::InvalidOption, "{text:?}");
        }
    }
}
