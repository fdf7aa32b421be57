using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace Exo.Hub.Protocol;

/// <summary>
/// Sends one request and follows its redirects by hand: absolute and relative ones, at most ten, never from https to http. The token goes to
/// the endpoint alone; once a redirect leaves that host it stays dropped. Nothing is decompressed, nothing is buffered.
/// </summary>
internal sealed class HubExchange : IDisposable
{
    private const int MostRedirects = 10;
    private const int LongestRedirectBody = 16 << 10;
    private static readonly ProductInfoHeaderValue Product =
        new("exo", typeof(HubExchange).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    private readonly HttpMessageInvoker _asynchronous;
    private readonly HttpMessageInvoker _blocking;
    private readonly Uri _endpoint;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly bool _isTokenBroken;

    public HubExchange(HubOptions options)
    {
        _endpoint = options.Endpoint;
        _isTokenBroken = options.Token?.Any(character => character is < ' ' or > '~') is true;
        _authorization = options.Token is { } token && !_isTokenBroken ? new AuthenticationHeaderValue("Bearer", token) : null;
        _asynchronous = Invoker(options, null);
        _blocking = Invoker(options, BlockingConnection.ConnectAsync);
    }

    private static HttpMessageInvoker Invoker(HubOptions options, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect) =>
        new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectCallback = connect,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = int.MaxValue, // The engine bounds what runs at once.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10), // A long download notices when the name means another machine.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            // Disposing an answer closes its connection at once. Draining would read on while another thread, whose answer the watchdog ends, still
            // reads, and two readers of one connection may hand it back to the pool in disorder.
            MaxResponseDrainSize = 0,
        });

    /// <summary>Sends and returns the last answer's head. The caller disposes the answer.</summary>
    /// <param name="blocking">Send on this very thread; the task is then complete when the method returns.</param>
    /// <param name="follow">Whether a redirect to this address is followed; one that isn't is returned as it is.</param>
    /// <exception cref="SourceException">A redirect that may not be followed, or a token that cannot be sent.</exception>
    public async ValueTask<Exchanged> SendAsync(
        bool blocking, HttpMethod method, Uri address, RangeHeaderValue? range, Func<Uri, bool>? follow, CancellationToken cancellationToken)
    {
        var authorized = IsEndpoint(address);
        if (authorized && _isTokenBroken)
        {
            throw HubFailure.Fatal(new HubException(HubError.AccessDenied,
                "The token for the hub holds a line break or another character that no token has. Set HF_TOKEN to the token alone, or log in anew with 'hf auth login'."));
        }
        Exchanged? first = null;
        for (var hop = 0; ; hop++)
        {
            var request = new HttpRequestMessage(method, address) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.UserAgent.Add(Product);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            request.Headers.Range = range;
            if (authorized) request.Headers.Authorization = _authorization;

            var response = blocking
                ? _blocking.Send(request, cancellationToken)
                : await _asynchronous.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var answer = new Exchanged(response, address, first?.First ?? response.Headers);
            if (response.StatusCode is not (HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                || response.Headers.Location is not { } location) return answer;

            var next = new Uri(address, location);
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http") || hop == MostRedirects)
            {
                response.Dispose();
                throw new Transfer.SourceException(Transfer.SourceFailure.Transient, hop == MostRedirects
                    ? $"{HubFailure.HostOf(address)} redirects more than {MostRedirects} times in a row"
                    : $"{HubFailure.HostOf(address)} redirects to an address that is not safe to follow ({next.Scheme}://{next.Host})") { Error = HubError.BadAnswer };
            }
            if (follow is not null && !follow(next)) return answer;
            first ??= answer;
            await FinishAsync(blocking, response, cancellationToken).ConfigureAwait(false);
            authorized &= IsEndpoint(next);
            address = next;
        }
    }

    /// <summary>Reads a redirect's short body to its end, so that its connection can be used again; its headers stay readable.</summary>
    private static async ValueTask FinishAsync(bool blocking, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            if (response.Content.Headers.ContentLength is null or > LongestRedirectBody) return;
            var rest = new byte[LongestRedirectBody];
            try
            {
                if (!blocking)
                {
                    await response.Content.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
                    return;
                }
                using var abort = cancellationToken.UnsafeRegister(static response => ((HttpResponseMessage)response!).Dispose(), response);
                var body = response.Content.ReadAsStream(cancellationToken);
                while (body.Read(rest) > 0)
                {
                }
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException or ObjectDisposedException)
            {
                cancellationToken.ThrowIfCancellationRequested(); // Otherwise only the connection is lost, and the address is known.
            }
        }
    }

    /// <summary>Whether the address is on the endpoint's own scheme, host and port, or on the https of one that was named by http.</summary>
    public bool IsEndpoint(Uri address) =>
        Uri.Compare(address, _endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0
        || (_endpoint is { Scheme: "http", IsDefaultPort: true } && address is { Scheme: "https", IsDefaultPort: true } && address.Host.Equals(_endpoint.Host, StringComparison.OrdinalIgnoreCase));

    public void Dispose()
    {
        _asynchronous.Dispose();
        _blocking.Dispose();
    }
}

/// <summary>An answer, the address that gave it, and the headers of the first hop (where a hub names commit, hash and size).</summary>
internal sealed record Exchanged(HttpResponseMessage Response, Uri Address, HttpResponseHeaders First) : IDisposable
{
    public void Dispose() => Response.Dispose();
}
