// One connection, which any number of CIServerImpl objects show.

using System;
using System.Linq;
using System.Xml.Linq;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    internal sealed class Connection
    {
        private Connection(ServerAddress address, string sessionId, CloudClient client, XElement session, string orgId)
        {
            Address = address;
            SessionId = sessionId;
            Client = client;
            User = session.AttributeValue("user");
            Org = session.AttributeValue("org");
            OrgId = orgId;
        }

        public ServerAddress Address { get; }
        public string SessionId { get; }
        public CloudClient Client { get; }
        public string User { get; }
        public string Org { get; }

        /// <summary>The organization's URN.</summary>
        public string OrgId { get; }

        /// <summary>How often it was connected and not disconnected; 0 when it is over.</summary>
        public int RefCount { get; set; }

        /// <summary>Checks a session id on the wire, in the measured order, and learns whose it is.</summary>
        public static Connection Establish(ServerAddress address, string sessionId)
        {
            var client = new CloudClient(address.Root, sessionId);
            try
            {
                client.AskVersions();
                var session = client.Get("/api/session");
                // Only the provider's users have it.
                client.GetIfFound("/api/admin/");
                var own = client.Get("/api/org/").All("Org").First(org =>
                    org.AttributeValue("name") == session.AttributeValue("org"));
                var href = own.AttributeValue("href");
                client.Get(href);
                return new Connection(address, sessionId, client, session, OrgUrn(href));
            }
            catch
            {
                client.Dispose();
                throw;
            }
        }

        /// <summary>The URN of the organization at an address.</summary>
        public static string OrgUrn(string href) => "urn:vcloud:org:" + href.Substring(href.LastIndexOf('/') + 1);

        /// <summary>Whether both are to the same server, by its text, as the same user.</summary>
        public bool IsSameAs(Connection other)
        {
            return Same(Address.Name, other.Address.Name) && Address.Root.Port == other.Address.Root.Port
                && Same(Org, other.Org) && Same(User, other.User);
        }

        private static bool Same(string one, string other)
        {
            return string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
        }
    }
}
