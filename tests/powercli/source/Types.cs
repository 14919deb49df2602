// The public types that the cmdlets take and give. The names of the interfaces behind -PIDatacenter are measured, and so
// are their members; what else stands here has the namespace of its siblings.

namespace VMware.VimAutomation.Sdk.Types.V1
{
    public interface NamedObject
    {
        string Name { get; }
    }
}

namespace VMware.VimAutomation.Cloud.Types.V1
{
    using VMware.VimAutomation.Sdk.Types.V1;

    /// <summary>What -Server takes: a connection, or the name of one.</summary>
    public interface CIServer : NamedObject
    {
        bool IsConnected { get; }
    }
}

namespace VMware.VimAutomation.Cloud.Types.V1.RelatedObject
{
    using VMware.VimAutomation.Sdk.Types.V1;

    public class CISessionDetails
    {
        public CISessionDetails(string uri, string sessionId)
        {
            Uri = uri;
            SessionId = sessionId;
        }

        public string Uri { get; }
        public string SessionId { get; }
    }

    /// <summary>The type of -PIDatacenter, and so the one way in through the pipeline.</summary>
    public interface CIServerRelatedObject : NamedObject
    {
        CISessionDetails GetVCDSession();
    }
}
