// What the cmdlets have in common: error records, and -Server by object, name or wildcard.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using VMware.VimAutomation.Cloud.Impl.V1;
using VMware.VimAutomation.Cloud.Types.V1;

namespace VMware.VimAutomation.Cloud.Commands
{
    public abstract class CloudCmdlet : PSCmdlet
    {
        internal DefaultServers DefaultServers => new DefaultServers(SessionState);

        /// <summary>
        /// Runs what may fail and reports a failure. Output is written outside of it: what goes wrong further down the
        /// pipeline is not this cmdlet's failure.
        /// </summary>
        internal bool Try<T>(Func<T> action, Func<Exception, ErrorRecord> report, out T result)
        {
            ErrorRecord error;
            try
            {
                result = action();
                return true;
            }
            catch (Exception failure) when (failure is not PipelineStoppedException)
            {
                error = report(failure);
            }
            result = default;
            WriteError(error);
            return false;
        }

        /// <summary>The record of whatever a cmdlet does not expect, a dead session for instance.</summary>
        internal static ErrorRecord UnknownError(Exception failure)
        {
            return new ErrorRecord(failure, "Core_BaseCmdlet_UnknownError", ErrorCategory.NotSpecified, null);
        }

        internal void WriteError(string id, ErrorCategory category, string message)
        {
            WriteError(new ErrorRecord(new InvalidOperationException(message), id, category, null));
        }

        /// <summary>The connections that -Server means. One error for each name that is none.</summary>
        internal List<Connection> Resolve(IEnumerable<CIServer> servers)
        {
            var connections = new List<Connection>();
            foreach (var server in servers)
            {
                var found = server is CIServerImpl known
                    ? new List<Connection> { known.Connection }
                    : ConnectionList.Named(server.Name);
                if (found.Count == 0)
                {
                    const string id = "Core_ObnSelector_SelectObjectByNameCore_ObjectNotFound";
                    WriteError(id, ErrorCategory.ObjectNotFound, $"Could not find CIServer with name '{server.Name}'.");
                }
                connections.AddRange(found);
            }
            return connections.Distinct().ToList();
        }
    }

    /// <summary>A server that is only named; the name may hold wildcards.</summary>
    internal sealed class NamedServer : CIServer
    {
        public NamedServer(string name)
        {
            Name = name;
        }

        public string Name { get; }
        public bool IsConnected => false;
    }

    /// <summary>Lets a parameter of servers take names as well, one or many.</summary>
    [AttributeUsage(AttributeTargets.Property)]
    public sealed class ServerOrNameAttribute : ArgumentTransformationAttribute
    {
        public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        {
            var input = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
            return input switch
            {
                string name => new NamedServer(name),
                IEnumerable many => many.Cast<object>().Select(one => Transform(engineIntrinsics, one)).ToArray(),
                _ => input,
            };
        }
    }
}
