// Connect-CIServer. Its parameter sets are measured.

using System;
using System.Management.Automation;
using System.Net;
using System.Net.Http;
using VMware.VimAutomation.Cloud.Common;
using VMware.VimAutomation.Cloud.Impl.V1;
using VMware.VimAutomation.Cloud.Types.V1;
using VMware.VimAutomation.Cloud.Types.V1.ErrorHandling;
using VMware.VimAutomation.Cloud.Types.V1.RelatedObject;

namespace VMware.VimAutomation.Cloud.Commands
{
    [Cmdlet(VerbsCommunications.Connect, "CIServer", DefaultParameterSetName = ByUser, SupportsShouldProcess = true)]
    [OutputType(typeof(CIServer))]
    public sealed class ConnectCIServer : CloudCmdlet
    {
        private const string ByUser = "default";
        private const string BySessionId = "sessionid";
        private const string ByRelatedObject = "PIDatacenter";
        private const string ByMenu = "menu";

        [Parameter(ParameterSetName = ByUser, Mandatory = true, Position = 0)]
        [Parameter(ParameterSetName = BySessionId, Mandatory = true, Position = 0)]
        public string[] Server { get; set; }

        [Parameter(ParameterSetName = BySessionId, Mandatory = true, Position = 1)]
        public string SessionId { get; set; }

        [Parameter(ParameterSetName = ByRelatedObject, Mandatory = true, Position = 1, ValueFromPipeline = true)]
        [Alias("PIComputeInstance")]
        public CIServerRelatedObject PIDatacenter { get; set; }

        [Parameter(ParameterSetName = ByMenu, Mandatory = true)]
        public SwitchParameter Menu { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        public string Org { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        public PSCredential Credential { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        [Alias("Username")]
        public string User { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        public string Password { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        [Parameter(ParameterSetName = BySessionId)]
        public int Port { get; set; } = ServerAddress.DefaultPort;

        [Parameter(ParameterSetName = ByUser)]
        [Parameter(ParameterSetName = BySessionId)]
        [Parameter(ParameterSetName = ByRelatedObject)]
        public SwitchParameter NotDefault { get; set; }

        [Parameter(ParameterSetName = ByUser)]
        public SwitchParameter SaveCredentials { get; set; }

        protected override void ProcessRecord()
        {
            switch (ParameterSetName)
            {
                case BySessionId:
                    foreach (var server in Server)
                    {
                        Connect(server, SessionId, () => ServerAddress.FromServer(server, Port));
                    }
                    break;
                case ByRelatedObject:
                    // It may do work of its own, such as disconnecting something first, and it may fail.
                    if (Try(() => PIDatacenter.GetVCDSession(), UnknownError, out var session))
                    {
                        Connect(session.Uri, session.SessionId, () => ServerAddress.FromSession(session.Uri));
                    }
                    break;
                default:
                    WriteError("Double_NotThere", ErrorCategory.NotImplemented, "The double connects by session id only.");
                    break;
            }
        }

        private void Connect(string name, string sessionId, Func<ServerAddress> address)
        {
            if (!ShouldProcess(name) || !Try(() => Connection.Establish(address(), sessionId), Report, out var established))
            {
                return;
            }
            // Another object each time, whether or not the connection is an old one.
            var server = new CIServerImpl(ConnectionList.Enter(established));
            if (!NotDefault)
            {
                DefaultServers.Add(server);
            }
            WriteObject(server);

            ErrorRecord Report(Exception failure) => ConnectError(name, failure);
        }

        /// <summary>One id for all that can go wrong: only the exception and the category tell a refused session.</summary>
        private static ErrorRecord ConnectError(string name, Exception failure)
        {
            const string id = "Cloud_ConnectivityServiceImpl_ConnectCloudServer_BySessionId_ConnectError";
            if (failure is HttpUnsuccessfulRequestException { Status: HttpStatusCode.Unauthorized } refused)
            {
                var message = $"Couldn't connect to cloud server '{name}' with the provided session id."
                    + (Flavour.QuotesServer ? refused.ServerError() : "");
                var exception = new CIServerConnectionException(message, failure);
                return new ErrorRecord(exception, id, ErrorCategory.PermissionDenied, null);
            }
            return new ErrorRecord(new CIException(failure.Message, failure), id, ErrorCategory.NotSpecified, null);
        }
    }
}
