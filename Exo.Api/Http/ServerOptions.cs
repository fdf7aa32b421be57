using System.Net;

namespace Exo.Api.Http;

/// <summary>Where a server listens and what it offers.</summary>
public sealed record ServerOptions
{
    /// <summary>The port that clients try first.</summary>
    public const int DefaultPort = 52415;

    /// <summary>Default: 127.0.0.1:52415, which only this machine reaches. Port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, DefaultPort);

    /// <summary>What callers must send as <c>Authorization: Bearer KEY</c>; null asks for nothing and is allowed on loopback only.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Serves the store to others over the Hugging Face Hub's protocol.</summary>
    public bool Mirror { get; init; }

    /// <summary>Origins of web pages that may ask: "https://chat.example". None by default.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>What the server puts up with.</summary>
    public HttpLimits Limits { get; init; } = new();

    /// <summary>Refuses what would leave the machine open.</summary>
    /// <exception cref="ExoException">It listens beyond loopback without a key, or an origin is none.</exception>
    public ServerOptions Validate()
    {
        if (CorsOrigins.FirstOrDefault(origin => !IsOrigin(origin)) is { } wrong)
            throw new ExoException(ExoErrorKind.BadRequest, $"'{wrong}' is no origin of web pages: give scheme, host and port alone, like http://localhost:3000 (--cors-origin)");
        if (ApiKey is null && !IPAddress.IsLoopback(Listen.Address))
        {
            throw new ExoException(
                ExoErrorKind.BadRequest,
                $"listening on {Listen} is open to the network: set EXO_API_KEY (or --api-key) to a secret, or listen on 127.0.0.1");
        }
        return this;
    }

    /// <summary>Whether a browser could send it as a page's origin: scheme, host and port, nothing after them.</summary>
    public static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && string.Equals(text, origin.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads "ADDRESS", "ADDRESS:PORT" or ":PORT"; "localhost" and "*" (every address) are known.</summary>
    /// <exception cref="ExoException">It is none of these.</exception>
    public static IPEndPoint ParseListen(string text)
    {
        var (host, port) = (text, DefaultPort);
        var colon = text.LastIndexOf(':');
        var isBareIPv6 = text.Count(c => c == ':') > 1 && !text.Contains(']');
        if (colon >= 0 && !isBareIPv6 && !text.EndsWith(']'))
        {
            host = text[..colon];
            if (!int.TryParse(text[(colon + 1)..], out port) || port is < 0 or > 65535) throw Malformed(text);
        }
        if (host is "" or "localhost") return new IPEndPoint(IPAddress.Loopback, port);
        if (host == "*") return new IPEndPoint(IPAddress.IPv6Any, port);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) ? new IPEndPoint(address, port) : throw Malformed(text);
    }

    private static ExoException Malformed(string text) =>
        new(ExoErrorKind.BadRequest, $"'{text}' is no address to listen on: give ADDRESS:PORT, like 127.0.0.1:{DefaultPort}, 0.0.0.0:{DefaultPort} or :8080");
}
