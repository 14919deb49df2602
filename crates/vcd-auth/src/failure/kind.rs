//! The kinds of failure: numbers and names are public API and never reused.

/// What kind of failure a call ended with.
///
/// The thousands digit tells where the fault lies, and with it the exit status of `vcd-bearer`: 1 the call itself,
/// 2 the way to the server, 3 Cloud Director said no, 4 an answer that cannot be used, 5 stopped, 6 a token file,
/// 7 the host, 9 this library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
#[allow(missing_docs, reason = "the name is the meaning; `action` says what to do about each")]
pub enum FailureKind {
    InvalidArgument = 1001,
    InvalidHandle = 1002,
    BufferTooSmall = 1003,
    AlreadyTaken = 1004,
    NothingToTake = 1005,
    MissingParameter = 1010,
    InvalidServer = 1011,
    InvalidOrganization = 1012,
    InvalidToken = 1013,
    InvalidOption = 1014,
    SessionRequired = 1015,
    UnsupportedInput = 1016,

    NameNotResolved = 2001,
    ConnectFailed = 2002,
    ConnectTimeout = 2003,
    ProxyFailed = 2004,
    ProxyAuthenticationRequired = 2005,
    NotTls = 2010,
    TlsVersionUnsupported = 2011,
    CertificateUntrusted = 2012,
    CertificateExpired = 2013,
    CertificateNameMismatch = 2014,
    CertificatePinMismatch = 2015,
    TrustStoreEmpty = 2016,
    AnswerTimeout = 2020,
    ConnectionLost = 2021,

    TokenRejected = 3001,
    OrganizationNotFound = 3002,
    AccessDenied = 3003,
    SessionExpired = 3004,
    RateLimited = 3005,
    ServiceUnavailable = 3006,
    RedirectRefused = 3007,
    ApiVersionUnsupported = 3008,
    NotFound = 3010,
    RequestRejected = 3011,
    LegacyIdUnavailable = 3013,
    UnexpectedStatus = 3099,

    NotCloudDirector = 4001,
    AnswerMalformed = 4002,
    AnswerIncomplete = 4003,
    AnswerTooLarge = 4004,
    TokenTypeUnsupported = 4005,

    Cancelled = 5001,
    DeadlineExceeded = 5002,
    ClientClosed = 5003,

    TokenFileNotFound = 6001,
    TokenFileUnreadable = 6002,
    TokenFileInvalid = 6003,
    TokenFileNotWritable = 6004,
    TokenFileLocked = 6005,
    TokenFileNotSaved = 6006,
    TokenFileUnsafe = 6007,

    NativeLibraryMissing = 7001,
    NativeLibraryBlocked = 7002,
    NativeLibraryWrongArchitecture = 7003,
    LanguageModeRestricted = 7004,
    FrameworkTooOld = 7005,
    PowerCliMissing = 7010,
    PowerCliRefusedCertificate = 7011,
    ConnectionNotReplaced = 7012,
    PowerCliFailed = 7013,

    Panic = 9001,
    OutOfResources = 9002,
    Internal = 9003,
    Forked = 9004,
}

impl FailureKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: &'static [FailureKind] = {
        use FailureKind::*;
        &[
            InvalidArgument,
            InvalidHandle,
            BufferTooSmall,
            AlreadyTaken,
            NothingToTake,
            MissingParameter,
            InvalidServer,
            InvalidOrganization,
            InvalidToken,
            InvalidOption,
            SessionRequired,
            UnsupportedInput,
            NameNotResolved,
            ConnectFailed,
            ConnectTimeout,
            ProxyFailed,
            ProxyAuthenticationRequired,
            NotTls,
            TlsVersionUnsupported,
            CertificateUntrusted,
            CertificateExpired,
            CertificateNameMismatch,
            CertificatePinMismatch,
            TrustStoreEmpty,
            AnswerTimeout,
            ConnectionLost,
            TokenRejected,
            OrganizationNotFound,
            AccessDenied,
            SessionExpired,
            RateLimited,
            ServiceUnavailable,
            RedirectRefused,
            ApiVersionUnsupported,
            NotFound,
            RequestRejected,
            LegacyIdUnavailable,
            UnexpectedStatus,
            NotCloudDirector,
            AnswerMalformed,
            AnswerIncomplete,
            AnswerTooLarge,
            TokenTypeUnsupported,
            Cancelled,
            DeadlineExceeded,
            ClientClosed,
            TokenFileNotFound,
            TokenFileUnreadable,
            TokenFileInvalid,
            TokenFileNotWritable,
            TokenFileLocked,
            TokenFileNotSaved,
            TokenFileUnsafe,
            NativeLibraryMissing,
            NativeLibraryBlocked,
            NativeLibraryWrongArchitecture,
            LanguageModeRestricted,
            FrameworkTooOld,
            PowerCliMissing,
            PowerCliRefusedCertificate,
            ConnectionNotReplaced,
            PowerCliFailed,
            Panic,
            OutOfResources,
            Internal,
            Forked,
        ]
    };

    /// The stable number, as the C interface returns it.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The stable name in PascalCase, as PowerShell's `FullyQualifiedErrorId` carries it: `Vcd.<name>,<command>`.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The exit status of `vcd-bearer` for this kind; Ctrl+C gives 130.
    pub const fn exit_status(self) -> u8 {
        match self {
            FailureKind::Cancelled => 130,
            _ => match self.number() / 1000 {
                1 => 2,
                2 => 3,
                3 => 4,
                4 => 5,
                5 => 6,
                6 => 7,
                7 => 8,
                _ => 70,
            },
        }
    }

    /// Whether the same call may succeed later without any change on the caller's side.
    pub const fn retryable(self) -> bool {
        use FailureKind::*;
        matches!(
            self,
            NameNotResolved
                | ConnectFailed
                | ConnectTimeout
                | ProxyFailed
                | AnswerTimeout
                | ConnectionLost
                | RateLimited
                | ServiceUnavailable
                | DeadlineExceeded
                | TokenFileLocked
                | OutOfResources
        )
    }

    /// What to do about it, in one or two sentences for the person who runs the command.
    pub const fn action(self) -> &'static str {
        use FailureKind::*;
        match self {
            InvalidArgument | InvalidHandle | BufferTooSmall | AlreadyTaken | NothingToTake => {
                "This is a mistake in the program that calls the library; its documentation says what each function expects."
            }
            MissingParameter => "Give the missing value.",
            InvalidServer => {
                "Give the host name of the Cloud Director site as it stands in the portal's address, for example vcd.example.com or vcd.example.com:8443."
            }
            InvalidOrganization => {
                "Give the organization's short name as it stands in the portal's address after /tenant/; for the provider portal give System."
            }
            InvalidToken => {
                "Give the API token that the portal showed when it was made (User preferences, API Tokens); make a new one if it is lost."
            }
            InvalidOption => "Correct the option that the message names.",
            UnsupportedInput => {
                "Pipe API tokens (SecureString, PSCredential or string), or rows with Server, Org, ApiToken and Name."
            }
            SessionRequired => "Pass the session that Get-VcdBearer returned, or the bearer that vcd-bearer printed.",
            NameNotResolved => {
                "Check the spelling of the server, and that this machine's name service knows it (Resolve-DnsName, nslookup)."
            }
            ConnectFailed => "Check server and port, and that no firewall stands between.",
            ConnectTimeout => {
                "Check that the server can be reached from this machine and that no firewall drops the packets; a longer time limit helps on slow links."
            }
            ProxyFailed => {
                "Check the proxy's address, and that it lets this machine reach the server; or ask for no proxy."
            }
            ProxyAuthenticationRequired => {
                "Give the proxy's user and password. Proxies that want NTLM or Kerberos are not supported: run a local proxy that speaks it (px, cntlm) and name that one."
            }
            NotTls => "Check the port: this one does not speak TLS. The API of Cloud Director usually listens on 443.",
            TlsVersionUnsupported => {
                "The server must offer TLS 1.2 or 1.3; ask its administrator to switch one of them on."
            }
            CertificateUntrusted => {
                "Install the certificate authority in the operating system's store, name its PEM file in the option for certificate authorities, or, once you have checked that the fingerprint is the server's, pin it with the option for a certificate's SHA-256."
            }
            CertificateExpired => {
                "Ask the site's administrator to renew the certificate, and check this machine's clock; pinning the certificate's SHA-256 works until then."
            }
            CertificateNameMismatch => {
                "Use the name that the certificate is made for, or, once you have checked that the fingerprint is the server's, pin it with the option for a certificate's SHA-256."
            }
            CertificatePinMismatch => {
                "If the site's certificate was replaced on purpose, check the new fingerprint with its administrator and pin that one. Otherwise somebody may be listening: do not go on."
            }
            TrustStoreEmpty => {
                "Install the operating system's certificate package (ca-certificates), set SSL_CERT_FILE, or name a PEM file in the option for certificate authorities."
            }
            AnswerTimeout => "Try again later, or with a longer time limit.",
            ConnectionLost => {
                "Try again; if it happens every time, ask what stands between this machine and the server."
            }
            TokenRejected => {
                "In this order: check that the token belongs to this organization (a provider's token needs System), that the organization's name is written as in the portal's address (mind the case), and that the token was not revoked; then make a new token in the portal (User preferences, API Tokens)."
            }
            OrganizationNotFound => {
                "Give the organization's short name as it stands in the portal's address after /tenant/ (mind the case); for the provider portal give System."
            }
            AccessDenied => {
                "Ask an administrator whether the user is enabled and has the rights for this: to log in, those for API tokens. Cloud Director also says this of things that do not exist."
            }
            SessionExpired => {
                "Log in again. Cloud Director ends a session that is idle for about 30 minutes, or when its API token is revoked."
            }
            RateLimited => "Wait as long as the message says, then try again.",
            ServiceUnavailable => "The site is starting, overloaded or in maintenance; try again later.",
            RedirectRefused => {
                "Give the final address of the site; a token or session is never sent on to another place."
            }
            ApiVersionUnsupported => {
                "API tokens need Cloud Director 10.3.1 (API 36.1) or later; check the version of the site. If you named an API version, name one that the site offers."
            }
            NotFound => "Check the path; what it leads to may have been removed, or belong to another organization.",
            RequestRejected => {
                "Read what the server said, and correct the request; a log-in fails so at sites too old for API tokens (before 10.3.1)."
            }
            LegacyIdUnavailable => {
                "Use PowerCLI 13.1 or later, which takes the bearer as session id, and do not ask for the legacy one."
            }
            UnexpectedStatus => "Read what the server said, and ask the site's administrator with the request id.",
            NotCloudDirector => {
                "Check that the server is Cloud Director 10.3.1 or later, and that no portal, proxy or load balancer answers in its place."
            }
            AnswerMalformed | AnswerIncomplete | AnswerTooLarge | TokenTypeUnsupported => {
                "Check what stands between this machine and the server (proxy, load balancer); if nothing does, ask the site's administrator with the request id."
            }
            Cancelled => "Start again when you are ready.",
            DeadlineExceeded => "Try again with a longer time limit.",
            ClientClosed => "Open a new client.",
            TokenFileNotFound => {
                "Check the path, in which wildcards mean themselves. A relative one begins in the folder that the command runs in; scheduled tasks begin in another one than you do."
            }
            TokenFileUnreadable => {
                "Let the account that runs the command read the file (owner, mode or access list). A file that Windows protected for another account or machine has to be made again, by the account that is to use it."
            }
            TokenFileInvalid => {
                "Give a file with the token as one line of text, the JSON of Terraform's provider for Cloud Director (refresh_token), or a SecureString or PSCredential from Export-Clixml."
            }
            TokenFileNotWritable => {
                "Let the account that runs the command write the file and its folder, and make space on the disk: a service account's token is replaced at each use, and the new one has to be saved. Nothing was sent."
            }
            TokenFileLocked => {
                "Wait until the process that the message names is done, or look why it hangs; then try again."
            }
            TokenFileNotSaved => {
                "Make the folder that the message names writable. If the message names a file with the new token, put it into the token file's place; if it names none, the token is lost: have an administrator authorize the account again."
            }
            TokenFileUnsafe => {
                "Keep the token file on a disk of this machine, under one name, in a folder that nobody but the account that uses it (and administrators) can write."
            }
            NativeLibraryMissing => {
                "Install the module again; its folder native/<platform> must hold the library for this platform."
            }
            NativeLibraryBlocked => {
                "Unblock the module's files (Unblock-File) and start a new session, or ask who manages application control here."
            }
            NativeLibraryWrongArchitecture => "Use a 64-bit PowerShell.",
            PowerCliMissing => {
                "Install PowerCLI for this account (Install-Module VCF.PowerCLI); everything but connecting works without it."
            }
            PowerCliRefusedCertificate => {
                "Add the site's certificate authority to the operating system's, or tell PowerCLI what to accept: Set-PowerCLIConfiguration -InvalidCertificateAction."
            }
            ConnectionNotReplaced => "Use the connection that is there, or replace it with Connect-VcdServer -Force.",
            PowerCliFailed => {
                "Read what PowerCLI said; its proxy and certificates are settings of its own (Get-PowerCLIConfiguration)."
            }
            LanguageModeRestricted => {
                "This session's language mode forbids native libraries; use the program vcd-bearer here."
            }
            FrameworkTooOld => {
                "Install .NET Framework 4.7.2 or later and restart PowerShell, or use PowerShell 7 or the program vcd-bearer."
            }
            Panic | Internal => "This is a defect; please report it with the message.",
            OutOfResources => "Close other programs or requests, then try again.",
            Forked => "Start a new process instead of forking one that has used the library.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_complete_sorted_and_unique() {
        let numbers: Vec<i32> = FailureKind::ALL.iter().map(|kind| kind.number()).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(numbers, sorted);
        let declared = include_str!("kind.rs").lines().filter(|line| {
            let number = line.trim_end_matches(',').rsplit(" = ").next().unwrap_or_default();
            number.len() == 4 && number.parse::<i32>().is_ok()
        });
        assert_eq!(numbers.len(), declared.count());
    }

    #[test]
    fn the_range_decides_the_exit_status() {
        for (kind, status) in [
            (FailureKind::InvalidServer, 2),
            (FailureKind::CertificateUntrusted, 3),
            (FailureKind::TokenRejected, 4),
            (FailureKind::NotCloudDirector, 5),
            (FailureKind::DeadlineExceeded, 6),
            (FailureKind::Cancelled, 130),
            (FailureKind::TokenFileNotSaved, 7),
            (FailureKind::NativeLibraryMissing, 8),
            (FailureKind::Panic, 70),
        ] {
            assert_eq!(kind.exit_status(), status, "{kind:?}");
        }
    }
}
