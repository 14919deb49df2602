// The connections that are alive. PowerCLI keeps them inside: $DefaultCIServers only tells which ones commands use.

using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    internal static class ConnectionList
    {
        private static readonly List<Connection> Alive = new List<Connection>();

        /// <summary>
        /// Adds a connection and gives the one to use. Where there is one to the same server as the same user, that is the
        /// old one with its old session id, and the new one is thrown away.
        /// </summary>
        public static Connection Enter(Connection established)
        {
            lock (Alive)
            {
                var connection = Alive.Find(established.IsSameAs);
                if (connection == null)
                {
                    connection = established;
                    Alive.Add(connection);
                }
                else
                {
                    established.Client.Dispose();
                }
                connection.RefCount++;
                return connection;
            }
        }

        /// <summary>Counts down once, or ends it. True when it is over. The server is told nothing.</summary>
        public static bool Leave(Connection connection, bool force)
        {
            lock (Alive)
            {
                connection.RefCount = force ? 0 : connection.RefCount - 1;
                if (connection.RefCount > 0)
                {
                    return false;
                }
                Alive.Remove(connection);
                connection.Client.Dispose();
                return true;
            }
        }

        /// <summary>Those whose name matches a wildcard.</summary>
        public static List<Connection> Named(string wildcard)
        {
            var pattern = new WildcardPattern(wildcard, WildcardOptions.IgnoreCase);
            lock (Alive)
            {
                return Alive.Where(connection => pattern.IsMatch(connection.Address.Name)).ToList();
            }
        }
    }
}
