//! What a new token file looks like.

use std::io;

use time::OffsetDateTime;
#[cfg(windows)]
use vcd_os::data_protection::Scope;
use zeroize::Zeroizing;

use super::json;
#[cfg(windows)]
use super::{clixml, secure_text};
use crate::secret::ApiToken;
use crate::{Failure, FailureKind};

/// What a new token file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFileForm {
    /// One line of text. It does not say whether the token is replaced at each use.
    Line,
    /// Terraform's JSON for a service account, whose token is replaced at each use.
    ServiceAccount,
    /// Terraform's JSON for an API token of a user, which stays as it is.
    ApiToken,
    /// What PowerShell's `Export-Clixml` writes of a SecureString, encrypted by Windows (DPAPI). It does not say whether the
    /// token is replaced at each use.
    #[cfg(windows)]
    SecureString(Scope),
}

impl TokenFileForm {
    /// The form of that name: `line`, `service_account`, `api_token`, or, on Windows, `secure_string` with the scope `user` (unless
    /// given) or `machine`. Without a name it is the safest that the system has: `secure_string` on Windows, `line` elsewhere.
    ///
    /// # Errors
    /// `InvalidOption`.
    pub fn named(form: Option<&str>, scope: Option<&str>) -> Result<Self, Failure> {
        let form = match form.unwrap_or(if cfg!(windows) { "secure_string" } else { "line" }) {
            "secure_string" => return Self::secure_string(scope),
            "line" => TokenFileForm::Line,
            "service_account" => TokenFileForm::ServiceAccount,
            "api_token" => TokenFileForm::ApiToken,
            _ => return refused("The form is neither secure_string, line, service_account nor api_token."),
        };
        match scope {
            None => Ok(form),
            Some(_) => refused("A scope is what Windows encrypts for (DPAPI): it needs the form secure_string."),
        }
    }

    #[cfg(windows)]
    fn secure_string(scope: Option<&str>) -> Result<Self, Failure> {
        match scope {
            None | Some("user") => Ok(TokenFileForm::SecureString(Scope::User)),
            Some("machine") => Ok(TokenFileForm::SecureString(Scope::Machine)),
            Some(_) => refused("The scope is neither user nor machine."),
        }
    }

    #[cfg(not(windows))]
    fn secure_string(_: Option<&str>) -> Result<Self, Failure> {
        refused(
            "Only Windows encrypts a SecureString (DPAPI). Use the form line, service_account or api_token: the file is for this account's eyes only.",
        )
    }

    /// A whole file with this token.
    ///
    /// # Errors
    /// Those of the operating system that encrypts it.
    pub(super) fn content(self, token: &ApiToken) -> io::Result<Zeroizing<Vec<u8>>> {
        let (token, now) = (token.secret(), OffsetDateTime::now_utc());
        Ok(match self {
            TokenFileForm::Line => Zeroizing::new([token.expose().as_bytes(), b"\n"].concat()),
            TokenFileForm::ServiceAccount => json::new_file(json::SERVICE_ACCOUNT, token, now),
            TokenFileForm::ApiToken => json::new_file(json::API_TOKEN, token, now),
            #[cfg(windows)]
            TokenFileForm::SecureString(scope) => {
                clixml::new_file(&secure_text::write(token, secure_text::Protection::Dpapi(scope))?)
            }
        })
    }
}

fn refused<T>(message: &str) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::InvalidOption, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(form: Option<&str>, scope: Option<&str>) -> String {
        let failure = TokenFileForm::named(form, scope).expect_err("refused");
        assert_eq!(failure.kind(), FailureKind::InvalidOption);
        failure.message().to_owned()
    }

    #[test]
    fn what_needs_no_encryption_has_no_scope() {
        for (name, form) in [
            ("line", TokenFileForm::Line),
            ("service_account", TokenFileForm::ServiceAccount),
            ("api_token", TokenFileForm::ApiToken),
        ] {
            assert_eq!(TokenFileForm::named(Some(name), None).expect(name), form);
            assert!(message(Some(name), Some("machine")).contains("needs the form secure_string"));
        }
        assert!(message(Some("xml"), None).contains("neither"));
    }

    #[cfg(not(windows))]
    #[test]
    fn only_windows_encrypts() {
        assert_eq!(TokenFileForm::named(None, None).expect("the default"), TokenFileForm::Line);
        assert!(message(Some("secure_string"), None).contains("Only Windows"));
        assert!(message(None, Some("user")).contains("what Windows encrypts for"));
    }

    #[cfg(windows)]
    #[test]
    fn what_windows_encrypts_is_read_by_its_content() {
        use super::super::content::Content;
        use crate::secret::Secret;
        for (form, scope, expected) in [
            (None, None, Scope::User),
            (None, Some("machine"), Scope::Machine),
            (Some("secure_string"), Some("user"), Scope::User),
        ] {
            let form = TokenFileForm::named(form, scope).expect("known");
            assert_eq!(form, TokenFileForm::SecureString(expected));
            let token = ApiToken::parse(&Secret::new("TOKEN")).expect("a token");
            let file = form.content(&token).expect("encrypted");
            assert!(!file.windows(5).any(|part| part == b"TOKEN"));
            assert_eq!(Content::read(&file).expect("our own").token().secret().expose(), "TOKEN");
        }
        assert!(message(None, Some("everybody")).contains("neither user nor machine"));
    }
}
