// The exceptions in the error records, by the names that were measured. Their namespaces are assumed.

using System;
using System.Net;
using System.Xml;
using System.Xml.Linq;

namespace VMware.VimAutomation.Cloud.Types.V1.ErrorHandling
{
    public class CIException : Exception
    {
        public CIException(string message, Exception innerException) : base(message, innerException) { }
    }

    public class CIServerConnectionException : CIException
    {
        public CIServerConnectionException(string message, Exception innerException) : base(message, innerException) { }
    }
}

namespace VMware.VimAutomation.Cloud.Common
{
    /// <summary>An answer that is no success. Its message tells nothing, as in PowerCLI.</summary>
    public class HttpUnsuccessfulRequestException : Exception
    {
        private readonly string body;

        public HttpUnsuccessfulRequestException(HttpStatusCode status, string body)
        {
            Status = status;
            this.body = body;
        }

        public HttpStatusCode Status { get; }

        /// <summary>What the server says about it; nothing if it says nothing.</summary>
        public string ServerError()
        {
            try
            {
                var error = XElement.Parse(body);
                return $" {error.Attribute("minorErrorCode")?.Value} / {error.Attribute("message")?.Value}";
            }
            catch (XmlException)
            {
                return "";
            }
        }
    }
}
