// What the listing cmdlets give: of each object what a list shows.

using System.Globalization;
using System.Xml.Linq;
using VMware.VimAutomation.Sdk.Types.V1;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    public abstract class InventoryItem : NamedObject
    {
        protected InventoryItem(XElement document)
        {
            Name = document.AttributeValue("name");
        }

        public string Name { get; }

        public override string ToString() => Name;
    }

    public sealed class OrgImpl : InventoryItem
    {
        internal OrgImpl(XElement reference) : base(reference) { }
    }

    /// <summary>What runs or does not.</summary>
    public abstract class RunningItem : InventoryItem
    {
        protected RunningItem(XElement record) : base(record)
        {
            // PoweredOn for POWERED_ON.
            var words = record.AttributeValue("status").ToLowerInvariant().Replace('_', ' ');
            Status = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(words).Replace(" ", "");
        }

        public string Status { get; }
    }

    public sealed class CIVAppImpl : RunningItem
    {
        internal CIVAppImpl(XElement record) : base(record) { }
    }

    public sealed class CIVMImpl : RunningItem
    {
        internal CIVMImpl(XElement record) : base(record)
        {
            VApp = record.AttributeValue("containerName");
        }

        /// <summary>The vApp's name; an object in PowerCLI.</summary>
        public string VApp { get; }
    }
}
