# What PowerShell makes of each failure: number, category, exception type. Names and numbers are public API and the
# same as the native library's; one line per failure, so that a test can compare the two lists.
# The exception types exist in .NET Framework 4.7.2 without loading a further assembly.
function Get-FailureTable {
    @{
        InvalidArgument                = 1001, 'InvalidArgument', 'System.ArgumentException'
        InvalidHandle                  = 1002, 'InvalidOperation', 'System.InvalidOperationException'
        BufferTooSmall                 = 1003, 'InvalidOperation', 'System.InvalidOperationException'
        AlreadyTaken                   = 1004, 'InvalidOperation', 'System.InvalidOperationException'
        NothingToTake                  = 1005, 'InvalidOperation', 'System.InvalidOperationException'
        MissingParameter               = 1010, 'InvalidArgument', 'System.ArgumentException'
        InvalidServer                  = 1011, 'InvalidArgument', 'System.ArgumentException'
        InvalidOrganization            = 1012, 'InvalidArgument', 'System.ArgumentException'
        InvalidToken                   = 1013, 'InvalidArgument', 'System.ArgumentException'
        InvalidOption                  = 1014, 'InvalidArgument', 'System.ArgumentException'
        SessionRequired                = 1015, 'InvalidArgument', 'System.ArgumentException'
        UnsupportedInput               = 1016, 'InvalidType', 'System.ArgumentException'

        NameNotResolved                = 2001, 'ConnectionError', 'System.Net.WebException'
        ConnectFailed                  = 2002, 'ConnectionError', 'System.Net.WebException'
        ConnectTimeout                 = 2003, 'OperationTimeout', 'System.TimeoutException'
        ProxyFailed                    = 2004, 'ConnectionError', 'System.Net.WebException'
        ProxyAuthenticationRequired    = 2005, 'AuthenticationError', 'System.Net.WebException'
        NotTls                         = 2010, 'ProtocolError', 'System.Net.WebException'
        TlsVersionUnsupported          = 2011, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        CertificateUntrusted           = 2012, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        CertificateExpired             = 2013, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        CertificateNameMismatch        = 2014, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        CertificatePinMismatch         = 2015, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        TrustStoreEmpty                = 2016, 'SecurityError', 'System.Security.Authentication.AuthenticationException'
        AnswerTimeout                  = 2020, 'OperationTimeout', 'System.TimeoutException'
        ConnectionLost                 = 2021, 'ConnectionError', 'System.Net.WebException'

        TokenRejected                  = 3001, 'AuthenticationError', 'System.Security.Authentication.AuthenticationException'
        OrganizationNotFound           = 3002, 'ObjectNotFound', 'System.Management.Automation.ItemNotFoundException'
        AccessDenied                   = 3003, 'PermissionDenied', 'System.UnauthorizedAccessException'
        SessionExpired                 = 3004, 'AuthenticationError', 'System.Security.Authentication.AuthenticationException'
        RateLimited                    = 3005, 'LimitsExceeded', 'System.Net.WebException'
        ServiceUnavailable             = 3006, 'ResourceUnavailable', 'System.Net.WebException'
        RedirectRefused                = 3007, 'SecurityError', 'System.Net.WebException'
        ApiVersionUnsupported          = 3008, 'NotImplemented', 'System.NotSupportedException'
        RequestRejected                = 3011, 'InvalidOperation', 'System.Net.WebException'
        UnexpectedStatus               = 3099, 'ProtocolError', 'System.Net.WebException'

        NotCloudDirector               = 4001, 'InvalidResult', 'System.IO.InvalidDataException'
        AnswerMalformed                = 4002, 'InvalidResult', 'System.IO.InvalidDataException'
        AnswerIncomplete               = 4003, 'InvalidResult', 'System.IO.InvalidDataException'
        AnswerTooLarge                 = 4004, 'InvalidResult', 'System.IO.InvalidDataException'
        TokenTypeUnsupported           = 4005, 'InvalidResult', 'System.NotSupportedException'

        Cancelled                      = 5001, 'OperationStopped', 'System.OperationCanceledException'
        DeadlineExceeded               = 5002, 'OperationTimeout', 'System.TimeoutException'
        ClientClosed                   = 5003, 'OperationStopped', 'System.OperationCanceledException'

        TokenFileNotFound              = 6001, 'ObjectNotFound', 'System.IO.FileNotFoundException'
        TokenFileUnreadable            = 6002, 'ReadError', 'System.IO.IOException'
        TokenFileInvalid               = 6003, 'InvalidData', 'System.IO.InvalidDataException'
        TokenFileNotWritable           = 6004, 'WriteError', 'System.IO.IOException'
        TokenFileLocked                = 6005, 'ResourceBusy', 'System.TimeoutException'
        TokenFileNotSaved              = 6006, 'WriteError', 'System.IO.IOException'
        TokenFileUnsafe                = 6007, 'SecurityError', 'System.UnauthorizedAccessException'

        NativeLibraryMissing           = 7001, 'ResourceUnavailable', 'System.DllNotFoundException'
        NativeLibraryBlocked           = 7002, 'ResourceUnavailable', 'System.DllNotFoundException'
        NativeLibraryWrongArchitecture = 7003, 'ResourceUnavailable', 'System.BadImageFormatException'
        LanguageModeRestricted         = 7004, 'PermissionDenied', 'System.NotSupportedException'

        Panic                          = 9001, 'NotSpecified', 'System.InvalidOperationException'
        OutOfResources                 = 9002, 'LimitsExceeded', 'System.InvalidOperationException'
        Internal                       = 9003, 'NotSpecified', 'System.InvalidOperationException'
        Forked                         = 9004, 'InvalidOperation', 'System.InvalidOperationException'
    }
}
