using System.Net;
using Exo.Api;
using Exo.Api.Http;
using Exo.Client.Commands;

namespace Exo.Client.Serve;

/// <summary>What people say about where a server listens.</summary>
internal static class ServeParameters
{
    public static NumberRule<int> Port { get; } = new("port", "N", $"The port; default {ServerOptions.DefaultPort}, 0 takes a free one", "a whole number from 0 to 65535", value => value is >= 0 and <= 65535);

    /// <exception cref="ExoException">The address is none, or the port was given twice.</exception>
    public static IPEndPoint Address(string? listen, int? port)
    {
        var address = ServerOptions.ParseListen(listen ?? "127.0.0.1");
        if (port is not { } chosen) return address;
        if (listen is not null && address.Port != ServerOptions.DefaultPort && address.Port != chosen)
            throw new ExoException(ExoErrorKind.BadRequest, $"--listen {listen} and --port {chosen} name two ports: give one");
        return new IPEndPoint(address.Address, chosen);
    }
}
