using System.Net;
using Exo.Grains.Hosting;
using Exo.Hub;
using Exo.Silo.Claims;
using Exo.Silo.Configuration;

namespace Exo.Silo.Hosting;

/// <summary>The one line that says what has started and where to look.</summary>
internal static class StartSummary
{
    public static string Text(SiloSettings settings, NodePlace place, NodeOptions node, int nodes)
    {
        var cluster = settings.Redis is { } redis ? $"over Redis at {redis}" : "on this machine";
        var devices = string.Join(", ", node.Backends.Select(backend => backend.Device));
        var memory = node.MemoryByteCount is { } limit ? $", at most {SizeText.Of(limit)} for models" : "";
        var http = Reachable(place.Http);
        return $"node {place.Name} is up: cluster {settings.ClusterId} {cluster}, {nodes} {(nodes == 1 ? "node" : "nodes")}; {devices} with {node.Threads} threads{memory}; "
            + $"silo {place.Address}:{place.SiloPort}{(settings.Tls is null ? "" : " (TLS)")}; API {http}; dashboard {http}{DashboardLogin.Path}";
    }

    /// <summary>An address that listens everywhere is reached by this machine's name.</summary>
    public static string Reachable(IPEndPoint listen) =>
        listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any) ? $"http://{Environment.MachineName}:{listen.Port}" : $"http://{listen}";
}
