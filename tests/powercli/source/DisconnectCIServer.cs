// Disconnect-CIServer, which counts down and tells the server nothing.

using System.Management.Automation;
using VMware.VimAutomation.Cloud.Impl.V1;
using VMware.VimAutomation.Cloud.Types.V1;

namespace VMware.VimAutomation.Cloud.Commands
{
    [Cmdlet(VerbsCommunications.Disconnect, "CIServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
    public sealed class DisconnectCIServer : CloudCmdlet
    {
        [Parameter(Position = 0, ValueFromPipeline = true)]
        [ServerOrName]
        public CIServer[] Server { get; set; }

        [Parameter]
        public SwitchParameter Force { get; set; }

        protected override void ProcessRecord()
        {
            var connections = Server == null ? DefaultServers.Connections() : Resolve(Server);
            if (Server == null && connections.Count == 0)
            {
                WriteNotConnected("There is no connected server.");
            }
            foreach (var connection in connections)
            {
                Disconnect(connection);
            }
        }

        private void Disconnect(Connection connection)
        {
            if (connection.RefCount == 0)
            {
                WriteNotConnected($"'{connection.Address.Name}' is not connected.");
            }
            else if (ShouldProcess(connection.Address.Name) && ConnectionList.Leave(connection, Force))
            {
                DefaultServers.Remove(connection);
            }
        }

        private void WriteNotConnected(string message)
        {
            WriteError("Core_DisconnectCIServer_NotConnectedError", ErrorCategory.ObjectNotFound, message);
        }
    }
}
