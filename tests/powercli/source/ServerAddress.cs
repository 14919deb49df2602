// Where a server is, from the text that names it.

using System;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    /// <summary>A host with or without https:// before it. A path breaks it, and so does a port in -Server.</summary>
    internal sealed class ServerAddress
    {
        public const int DefaultPort = 443;
        private const string Scheme = "https://";

        /// <summary>The text as it was given, which becomes the connection's name.</summary>
        public string Name { get; }

        /// <summary>The site, such as https://vcd.example.com/.</summary>
        public Uri Root { get; }

        private ServerAddress(string name, Uri root)
        {
            Name = name;
            Root = root;
        }

        /// <summary>From -Server and -Port.</summary>
        public static ServerAddress FromServer(string text, int port)
        {
            var parsed = Parse(text);
            // Compared without regard to case because a parsed host is in small letters.
            if (!string.Equals(parsed.Host, WithoutScheme(text), StringComparison.OrdinalIgnoreCase))
            {
                throw new UriFormatException($"'{text}' is no host; a port goes into -Port.");
            }
            return new ServerAddress(text, new UriBuilder(parsed) { Port = port }.Uri);
        }

        /// <summary>From an object of the pipeline: a port in the text is ignored, it is always 443.</summary>
        public static ServerAddress FromSession(string text)
        {
            return new ServerAddress(text, new UriBuilder(Parse(text)) { Port = DefaultPort }.Uri);
        }

        private static Uri Parse(string text)
        {
            var authority = WithoutScheme(text);
            if (authority.Contains('/') || !Uri.TryCreate(Scheme + authority, UriKind.Absolute, out var parsed))
            {
                throw new UriFormatException($"'{text}' is no host.");
            }
            return parsed;
        }

        private static string WithoutScheme(string text)
        {
            return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text.Substring(Scheme.Length) : text;
        }
    }
}
