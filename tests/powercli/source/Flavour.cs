// What differs between the two flavours. Each flavour's own module file sets it before it connects anything.

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    public static class Flavour
    {
        /// <summary>The API version that is asked for, whatever the server offers.</summary>
        public static string ApiVersion { get; set; }

        /// <summary>The request header that carries the session id as it was given.</summary>
        public static string SessionHeader { get; set; }

        /// <summary>Whether a refused session id is reported with the server's own words.</summary>
        public static bool QuotesServer { get; set; }
    }
}
