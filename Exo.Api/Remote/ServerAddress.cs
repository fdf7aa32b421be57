using Exo.Api.Http;

namespace Exo.Api.Remote;

/// <summary>Where a server or silo is, and the key it wants.</summary>
/// <param name="Url">Its root, ending with a slash.</param>
/// <param name="ApiKey">Sent as bearer token; null: none.</param>
public sealed record ServerAddress(Uri Url, string? ApiKey)
{
    /// <summary>The server of this machine that `exo serve` and a silo start where nothing else is said.</summary>
    public static string Default => $"127.0.0.1:{ServerOptions.DefaultPort}";

    /// <summary>Reads "host", "host:port" or an http or https URL; the port is 52415 where none is named.</summary>
    /// <exception cref="ExoException">It is none of these.</exception>
    public static ServerAddress Parse(string text, string? apiKey = null)
    {
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? text : $"http://{text}", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            throw new ExoException(ExoErrorKind.BadRequest, $"'{text}' is no server's address: give HOST, HOST:PORT or http(s)://HOST:PORT (--host, EXO_HOST)");
        var authority = text[(hasScheme ? text.IndexOf("://", StringComparison.Ordinal) + 3 : 0)..].Split('/')[0];
        var namesPort = authority.LastIndexOf(':') > authority.LastIndexOf(']') && authority.Contains(':');
        // https stands behind something that ends TLS, on its own usual port.
        var port = namesPort || url.Scheme == "https" ? url.Port : ServerOptions.DefaultPort;
        return new ServerAddress(new UriBuilder(url.Scheme, url.Host, port, url.AbsolutePath.TrimEnd('/') + "/").Uri, string.IsNullOrEmpty(apiKey) ? null : apiKey);
    }

    /// <summary>Without the key: it is for messages.</summary>
    public override string ToString() => Url.AbsoluteUri.TrimEnd('/');
}
