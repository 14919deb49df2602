// Reading VCD's documents, whose namespace does not matter here.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace VMware.VimAutomation.Cloud.Impl.V1
{
    internal static class Xml
    {
        public static IEnumerable<XElement> All(this XElement parent, string name)
        {
            return parent.Elements().Where(element => element.Name.LocalName == name);
        }

        /// <summary>Null if there is no such attribute.</summary>
        public static string AttributeValue(this XElement element, string name) => element.Attribute(name)?.Value;

        /// <summary>Where the first link of a relation leads; null if there is none.</summary>
        public static string LinkTo(this XElement parent, string relation)
        {
            var link = parent.All("Link").FirstOrDefault(link => link.AttributeValue("rel") == relation);
            return link?.AttributeValue("href");
        }

        /// <summary>Where a query goes on; null at its end. A page without any link crashes PowerCLI, and so this.</summary>
        public static string NextPage(this XElement page)
        {
            return page.All("Link").Any() ? page.LinkTo("nextPage") : throw new NullReferenceException();
        }
    }
}
