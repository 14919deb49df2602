//! What each kind of failure means, for the table in docs/troubleshooting.md. A message tells what happened this time.

use super::FailureKind;

impl FailureKind {
    /// What happened and what usually causes it, in one or two sentences.
    pub const fn meaning(self) -> &'static str {
        use FailureKind::*;
        match self {
            InvalidArgument => "A function was given a bad pointer, or text that is not UTF-8.",
            InvalidHandle => "A function was given a handle that was never there, or is closed.",
            BufferTooSmall => "The buffer does not hold the result; nothing was written to it and nothing was taken.",
            AlreadyTaken => "The secret was taken before; each can be taken once.",
            NothingToTake => "The request has no such secret: it failed, or its API token was not replaced.",
            MissingParameter => "A value that the command needs was not given, and nobody is there to be asked for it.",
            InvalidServer => {
                "The server is not the address of a site: `http://`, a user name, white space, or a token in its place."
            }
            InvalidOrganization => {
                "The organization is not the short name of one: empty, with a slash or a control character."
            }
            InvalidToken => {
                "The text cannot be an API token: empty, with white space inside, or a session in its place."
            }
            InvalidOption => "An option cannot be used, contradicts another one, or names a file that cannot be read.",
            SessionRequired => {
                "No session was given, or what was given is none: text that cannot be a bearer, or an API token."
            }
            UnsupportedInput => "Something that is neither a token nor a row of a list came through the pipeline.",
            NameNotResolved => "The name service does not know the server: a typing error, or a network without it.",
            ConnectFailed => {
                "The server does not accept connections there: a wrong port, a service that is down, a firewall."
            }
            ConnectTimeout => "No connection came about in time: a firewall that drops packets, or a host that is off.",
            ProxyFailed => "The proxy cannot be reached, or refuses to connect to the server.",
            ProxyAuthenticationRequired => {
                "The proxy wants a user and password, or others than those given, or NTLM or Kerberos."
            }
            NotTls => "The server answers, but not in TLS: usually a plain HTTP port.",
            TlsVersionUnsupported => "The server offers only versions of TLS before 1.2, or no cipher in common.",
            CertificateUntrusted => {
                "The certificate comes from an authority that this machine does not know, or is self-signed, as on many appliances."
            }
            CertificateExpired => "The certificate is out of date, or not valid yet, or this machine's clock is wrong.",
            CertificateNameMismatch => {
                "The certificate is made for other names: an alias, an address in place of a name, or another machine."
            }
            CertificatePinMismatch => {
                "The server shows another certificate than the pinned one: it was replaced, or somebody is in between."
            }
            TrustStoreEmpty => "The operating system offers no certificate authorities: a minimal container, usually.",
            AnswerTimeout => "The request was sent and no answer came within the time limit; its outcome is unknown.",
            ConnectionLost => "The connection broke after the request was sent; its outcome is unknown.",
            TokenRejected => {
                "Cloud Director does not accept the token for this organization. It gives the same answer for a wrong organization, a token of the other kind (tenant or provider) and a revoked token."
            }
            OrganizationNotFound => "There is no organization of that short name.",
            AccessDenied => {
                "The user may not do this: a right is missing (to use API tokens, for one), or a disabled account."
            }
            SessionExpired => "The session is over: idle for too long, logged out, or its API token was revoked.",
            RateLimited => "The site, or a front end before it, takes no more requests at the moment.",
            ServiceUnavailable => "The site, or a front end before it, cannot serve at the moment.",
            RedirectRefused => "The server answered with another address: an old name, or a log-in page in front.",
            ApiVersionUnsupported => {
                "The site does not speak an API version that knows API tokens, or not the one that was named."
            }
            NotFound => "The site has nothing at the address of the call.",
            RequestRejected => {
                "Cloud Director does not understand or want the request; the message repeats what it said."
            }
            LegacyIdUnavailable => {
                "The session has no id of the old kind, which PowerCLI up to 13.0 wants: newer releases give none."
            }
            UnexpectedStatus => "The answer has a status that is not known here; the message repeats it.",
            NotCloudDirector => {
                "What answers is a web server, but not Cloud Director: a portal, a proxy's page, another product."
            }
            AnswerMalformed => "The answer is not what its type says: cut, or changed on the way.",
            AnswerIncomplete => "The answer lacks what it must contain.",
            AnswerTooLarge => "The answer is larger than any answer of this kind can be.",
            TokenTypeUnsupported => "The session is of another type than `Bearer`.",
            Cancelled => "The call was stopped: by Ctrl+C, by a signal (SIGTERM, SIGHUP), or by its program.",
            DeadlineExceeded => {
                "The time limit passed before the request was sent: a queue, a name service, or retries."
            }
            ClientClosed => "The client was closed while somebody waited for its requests.",
            TokenFileNotFound => "There is no token file of that name.",
            TokenFileUnreadable => {
                "The token file cannot be read: no right to, a folder or device in its place, a failing disk, or protected by Windows for another account or machine."
            }
            TokenFileInvalid => "The token file holds no API token in any of the known forms.",
            TokenFileNotWritable => {
                "The token is replaced at each use, and the file or its folder does not take a new one: no right to, read-only, or no space. It was not sent."
            }
            TokenFileLocked => "Another process holds the token file's lock for longer than this call waits.",
            TokenFileNotSaved => "A new API token could not be written where it belongs.",
            TokenFileUnsafe => {
                "The token file lies where it cannot be kept safe: others can change the file or its folder, it has a second name, or it is on a network file system, whose locks may not keep other machines out."
            }
            NativeLibraryMissing => {
                "The module's native library for this platform is not where it should be, or there is none: Linux with musl."
            }
            NativeLibraryBlocked => {
                "The operating system refuses to load the native library: application control, a mark of the web, or a library that it lacks."
            }
            NativeLibraryWrongArchitecture => {
                "The native library is for another processor: usually a 32-bit PowerShell."
            }
            LanguageModeRestricted => "The session's language mode does not allow native calls.",
            FrameworkTooOld => "Windows PowerShell runs on a .NET Framework that is too old for the module.",
            PowerCliMissing => "PowerCLI, which has Connect-CIServer, is not installed.",
            PowerCliRefusedCertificate => {
                "PowerCLI does not trust the server's certificate; it decides by a setting of its own."
            }
            ConnectionNotReplaced => {
                "PowerCLI holds a connection of somebody else to the same site as the same user, which is not known to have ended, and would hand it out again."
            }
            PowerCliFailed => "PowerCLI's own Connect-CIServer failed for a reason that is not known here.",
            Panic => "The library ran into a defect of its own and stopped the request.",
            OutOfResources => "No memory, threads or handles are left.",
            Internal => "Something that cannot happen did.",
            Forked => "The process is a fork of one that had used the library; a fork has none of its threads.",
        }
    }
}
