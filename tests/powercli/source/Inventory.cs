// Get-CIVApp, Get-CIVM and Get-Org, which make the measured requests.

using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Xml.Linq;
using VMware.VimAutomation.Cloud.Impl.V1;
using VMware.VimAutomation.Cloud.Types.V1;

namespace VMware.VimAutomation.Cloud.Commands
{
    /// <summary>A listing of the servers of -Server, or else of all in $DefaultCIServers.</summary>
    public abstract class InventoryCmdlet : CloudCmdlet
    {
        [Parameter]
        [ServerOrName]
        public CIServer[] Server { get; set; }

        internal abstract IEnumerable<InventoryItem> Read(Connection connection);

        protected override void ProcessRecord()
        {
            var connections = Server == null ? DefaultServers.Connections() : Resolve(Server);
            if (Server == null && connections.Count == 0)
            {
                const string message = "You are not currently connected to any servers.";
                WriteError("Core_BaseCmdlet_NotConnectedError", ErrorCategory.ResourceUnavailable, message);
            }
            foreach (var connection in connections)
            {
                if (Try(() => Read(connection).ToList(), UnknownError, out var items))
                {
                    WriteObject(items, enumerateCollection: true);
                }
            }
        }

        /// <summary>The records of a query, page by page.</summary>
        internal static IEnumerable<XElement> Query(CloudClient client, string parameters, string record)
        {
            var target = $"/api/query?{parameters}&sortAsc=name&pageSize=128";
            while (target != null)
            {
                var page = client.Get(target);
                foreach (var found in page.All(record))
                {
                    yield return found;
                }
                target = page.NextPage();
            }
        }
    }

    [Cmdlet(VerbsCommon.Get, "CIVApp")]
    public sealed class GetCIVApp : InventoryCmdlet
    {
        internal override IEnumerable<InventoryItem> Read(Connection connection)
        {
            var client = connection.Client;
            client.Get($"/api/entity/{connection.OrgId}");
            foreach (var record in Query(client, "type=vApp&format=idrecords", "VAppRecord"))
            {
                client.Get(client.Get($"/api/entity/{record.AttributeValue("id")}").LinkTo("alternate"));
                yield return new CIVAppImpl(record);
            }
        }
    }

    [Cmdlet(VerbsCommon.Get, "CIVM")]
    public sealed class GetCIVM : InventoryCmdlet
    {
        internal override IEnumerable<InventoryItem> Read(Connection connection)
        {
            const string parameters = "type=vm&format=records&filter=isVAppTemplate==false";
            return Query(connection.Client, parameters, "VMRecord").Select(record => new CIVMImpl(record));
        }
    }

    [Cmdlet(VerbsCommon.Get, "Org")]
    public sealed class GetOrg : InventoryCmdlet
    {
        internal override IEnumerable<InventoryItem> Read(Connection connection)
        {
            foreach (var reference in connection.Client.Get("/api/org/").All("Org"))
            {
                connection.Client.Get($"/api/entity/{Connection.OrgUrn(reference.AttributeValue("href"))}");
                yield return new OrgImpl(reference);
            }
        }
    }
}
