// The requests of one connection.

using System;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Xml.Linq;
using VMware.VimAutomation.Cloud.Common;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    internal sealed class CloudClient : IDisposable
    {
        private readonly HttpClient http;
        private readonly string sessionId;

        public CloudClient(Uri root, string sessionId)
        {
            this.sessionId = sessionId;
            var handler = new HttpClientHandler
            {
                UseCookies = false,
                // The setting is looked at for each handshake: it may change while a connection is open.
                ServerCertificateCustomValidationCallback = (request, certificate, chain, errors) =>
                    errors == SslPolicyErrors.None
                    || PowerCLIConfiguration.Current.InvalidCertificateAction == BadCertificateAction.Ignore,
            };
            http = new HttpClient(handler) { BaseAddress = root };
        }

        /// <summary>Asks what the server offers. The answer is not looked at: one version is asked for anyway.</summary>
        public void AskVersions()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/versions");
            request.Headers.UserAgent.ParseAdd("PowerCLI");
            Send(request);
        }

        /// <summary>The document at a path or a URL, as the owner of the session sees it.</summary>
        public XElement Get(string target)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            // Written as they are: parsed, they would lose the blank and the freedom of a session id.
            request.Headers.TryAddWithoutValidation("Accept", $"application/*+xml; version={Flavour.ApiVersion}");
            request.Headers.TryAddWithoutValidation(Flavour.SessionHeader, sessionId);
            return XElement.Parse(Send(request));
        }

        /// <summary>The same for a document that need not exist.</summary>
        public void GetIfFound(string target)
        {
            try
            {
                Get(target);
            }
            catch (HttpUnsuccessfulRequestException refused) when (refused.Status == HttpStatusCode.NotFound)
            {
            }
        }

        public void Dispose() => http.Dispose();

        private string Send(HttpRequestMessage request)
        {
            using var response = http.SendAsync(request).GetAwaiter().GetResult();
            var body = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            if (!response.IsSuccessStatusCode)
            {
                throw new HttpUnsuccessfulRequestException(response.StatusCode, body);
            }
            return body;
        }
    }
}
