using System.CommandLine;
using System.Net;
using Exo.Api;
using Exo.Api.Http;
using Exo.Api.Local;
using Exo.Client.Commands;
using Exo.Hub;

namespace Exo.Client.Serve;

/// <summary>What people say about where a server listens.</summary>
internal static class ServeParameters
{
    public static NumberRule<int> Port { get; } = new("port", "N", $"The port; default {ServerOptions.DefaultPort}, 0 takes a free one", "a whole number from 0 to 65535", value => value is >= 0 and <= 65535);

    /// <summary>How long a model stays once nobody asks it.</summary>
    public static Option<TimeSpan?> KeepAliveOption() => new("--keep-alive")
    {
        Description = "How long a model stays in memory once nobody asks it: 5m, 1h30m, seconds; 0 not at all, -1 for good. Default 5m",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (KeepAlive.TryParse(text, out var time)) return time;
            result.AddError($"--keep-alive takes a time such as 5m, 1h30m or 90, 0 or -1, not '{text}'");
            return null;
        },
    };

    /// <summary>Bytes that all loaded models together may take.</summary>
    public static Option<long?> MemoryLimitOption() => new("--memory-limit")
    {
        Description = "What all loaded models together may take: 12G, 800M; the one longest unused goes first. Default: nine tenths of the memory",
        HelpName = "BYTES",
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (SizeText.TryParse(text, out var byteCount) && byteCount is >= 1 and < 1e18) return (long)byteCount;
            result.AddError($"--memory-limit takes bytes, such as 12G or 800M, not '{text}'");
            return null;
        },
    };

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
