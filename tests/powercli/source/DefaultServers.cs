// $global:DefaultCIServers, which people may edit by hand.

using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    internal sealed class DefaultServers
    {
        private const string Variable = "global:DefaultCIServers";
        private readonly PSVariableIntrinsics variables;

        public DefaultServers(SessionState sessionState)
        {
            variables = sessionState.PSVariable;
        }

        public List<Connection> Connections() => Servers().Select(server => server.Connection).ToList();

        /// <summary>Puts a connection to the front unless the list has it.</summary>
        public void Add(CIServerImpl server)
        {
            var servers = Servers();
            if (servers.All(listed => listed.Connection != server.Connection))
            {
                Set(servers.Prepend(server));
            }
        }

        public void Remove(Connection connection) => Set(Servers().Where(server => server.Connection != connection));

        private List<CIServerImpl> Servers()
        {
            var value = variables.GetValue(Variable);
            var items = LanguagePrimitives.GetEnumerable(value)?.Cast<object>() ?? new[] { value };
            return items.Select(Unwrapped).OfType<CIServerImpl>().ToList();
        }

        private static object Unwrapped(object item) => item is PSObject wrapped ? wrapped.BaseObject : item;

        private void Set(IEnumerable<CIServerImpl> servers) => variables.Set(Variable, servers.ToArray<object>());
    }
}
