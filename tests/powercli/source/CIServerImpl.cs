// What Connect-CIServer gives. The names of the properties are measured; so is that none can be set. The values of Version,
// ExtensionData, Id, Uid, Href and Description are assumed.

using System;
using VMware.VimAutomation.Cloud.Types.V1;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    public sealed class CIServerImpl : CIServer
    {
        internal CIServerImpl(Connection connection)
        {
            Connection = connection;
        }

        internal Connection Connection { get; }

        public string Name => Connection.Address.Name;
        public Uri ServiceUri => new Uri(Connection.Address.Root, "/api/");
        public string SessionId => Connection.SessionId;
        public string SessionSecret => Connection.SessionId;
        public string User => Connection.User;
        public string Org => Connection.Org;
        public int Port => Connection.Address.Root.Port;
        public int RefCount => Connection.RefCount;
        public bool IsConnected => Connection.RefCount > 0;
        public string Version => Flavour.ApiVersion;
        public ServerView ExtensionData { get; } = new ServerView();
        public string Id => $"/CIServer={User}:{Org}@{Name}:{Port}/";
        public string Uid => Id;
        public string Href => ServiceUri.AbsoluteUri;
        public string Description => "";

        public override string ToString() => Name;
    }

    /// <summary>As much of a server's view as scripts read: ExtensionData.Client.Version.</summary>
    public sealed class ServerView
    {
        public ServerViewClient Client { get; } = new ServerViewClient();
    }

    public sealed class ServerViewClient
    {
        public string Version => Flavour.ApiVersion;
    }
}
