// Set-PowerCLIConfiguration and Get-PowerCLIConfiguration, as far as connecting looks at the settings. In PowerCLI they
// belong to VMware.VimAutomation.Core and are kept in files. Here an environment variable stands for what was set earlier,
// and the rest lives and dies with the process.

using System;
using System.Management.Automation;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    /// <summary>All but Ignore refuse an untrusted certificate here; PowerCLI asks or warns for some.</summary>
    public enum BadCertificateAction
    {
        Unset,
        Prompt,
        Ignore,
        Warn,
        Fail,
    }

    public sealed class PowerCLIConfiguration
    {
        private const string Variable = "DOUBLE_INVALID_CERTIFICATE_ACTION";

        internal static PowerCLIConfiguration Current { get; set; } = new PowerCLIConfiguration(
            Enum.Parse<BadCertificateAction>(Environment.GetEnvironmentVariable(Variable) ?? "Unset"));

        internal PowerCLIConfiguration(BadCertificateAction action)
        {
            InvalidCertificateAction = action;
        }

        public BadCertificateAction InvalidCertificateAction { get; }
    }
}

namespace VMware.VimAutomation.Cloud.Commands
{
    using VMware.VimAutomation.Cloud.Impl.V1;

    [Cmdlet(VerbsCommon.Get, "PowerCLIConfiguration")]
    public sealed class GetPowerCLIConfiguration : PSCmdlet
    {
        protected override void ProcessRecord() => WriteObject(PowerCLIConfiguration.Current);
    }

    [Cmdlet(VerbsCommon.Set, "PowerCLIConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
    public sealed class SetPowerCLIConfiguration : PSCmdlet
    {
        [Parameter(Mandatory = true)]
        public BadCertificateAction InvalidCertificateAction { get; set; }

        /// <summary>Taken and not looked at: there is one scope.</summary>
        [Parameter]
        public string Scope { get; set; }

        protected override void ProcessRecord()
        {
            if (ShouldProcess("PowerCLI configuration", "Update"))
            {
                PowerCLIConfiguration.Current = new PowerCLIConfiguration(InvalidCertificateAction);
                WriteObject(PowerCLIConfiguration.Current);
            }
        }
    }
}
