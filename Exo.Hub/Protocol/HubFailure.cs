using System.Net;
using System.Security.Authentication;
using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>Turns a server's refusal into one of the <see cref="HubError"/>s, in words that say what to do.</summary>
internal static class HubFailure
{
    private const int LongestQuote = 300;

    /// <summary>Whether asking again may help: 408, 429 and the server's own errors.</summary>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 425 or 429 or >= 500;

    /// <summary>The failure that an answer with an error status means.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="what">The repository, with file or revision where it is about one: "org/name", "org/name@rev", "org/name/file".</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="hasToken">Whether a token was sent.</param>
    /// <param name="now">For Retry-After dates.</param>
    /// <param name="isFile">Whether a file was asked for: a bare 404 then means the file.</param>
    public static SourceException Of(HttpResponseMessage response, string what, string repositoryId, bool hasToken, DateTimeOffset now, bool isFile)
    {
        var status = (int)response.StatusCode;
        var host = response.RequestMessage?.RequestUri is { } asked ? HostOf(asked) : "the server";
        if (IsTransient(response.StatusCode))
        {
            return status == 429
                ? new SourceException(SourceFailure.Transient, $"{host} asks for fewer requests (429)") { Error = HubError.RateLimited, AsksForLess = true, RetryAfter = RetryAdvice.Read(response.Headers, now) }
                : new SourceException(SourceFailure.Transient, $"{host} answers with an error ({status} {Quoted(response.ReasonPhrase ?? "")})") { AsksForLess = status == 503, RetryAfter = RetryAdvice.Read(response.Headers, now) };
        }

        var (error, words) = Words(status, Header(response, "X-Error-Code"), Header(response, "X-Error-Message"), what, repositoryId, host, hasToken, isFile);
        return Fatal(new HubException(error, words));
    }

    /// <summary>The failure that a broken connection means.</summary>
    public static SourceException Of(Exception broken, Uri address) => Of(broken, address, ProxyOf(address));

    /// <summary>As above.</summary>
    /// <param name="broken">What the connection broke with.</param>
    /// <param name="address">What was asked.</param>
    /// <param name="proxy">The proxy that was asked in its place; null for none. A name or a connection that fails is the proxy's then.</param>
    internal static SourceException Of(Exception broken, Uri address, Uri? proxy)
    {
        if (broken is HttpRequestException { InnerException: AuthenticationException certificate })
        {
            return Fatal(new HubException(HubError.Unreachable, $"The secure connection to {HostOf(address)} fails: {certificate.Message} Check the clock, the proxy and the certificate store.", broken));
        }
        var reason = (broken as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError when proxy is not null => $"the name of the proxy {proxy.Authority} cannot be resolved",
            HttpRequestError.ConnectionError when proxy is not null => $"the proxy {proxy.Authority} cannot be reached",
            HttpRequestError.NameResolutionError => $"the name {address.Host} cannot be resolved",
            HttpRequestError.ConnectionError => $"{address.Host}:{address.Port} cannot be reached",
            HttpRequestError.ProxyTunnelError => $"the proxy {proxy?.Authority} does not connect to {HostOf(address)}",
            _ => $"the connection to {HostOf(address)} broke",
        };
        return new SourceException(SourceFailure.Transient, $"{reason} ({Quoted(broken.GetBaseException().Message)})", broken) { Error = HubError.Unreachable };
    }

    /// <summary>A server's name for people: with its port, where that is not the usual one.</summary>
    public static string HostOf(Uri address) => address.IsDefaultPort ? address.Host : address.Authority;

    public static SourceException Fatal(HubException words) => new(SourceFailure.Fatal, words.Message, words);

    private static (HubError, string) Words(
        int status, string? code, string? message, string what, string repositoryId, string host, bool hasToken, bool isFile)
    {
        var logIn = hasToken ? "Check that the token (HF_TOKEN) may read it." : "If it is private, set HF_TOKEN or log in with 'hf auth login'.";
        return (status, code, message) switch
        {
            (_, "RevisionNotFound", _) => (HubError.RevisionNotFound, $"{what} has no such revision on {host}. Name an existing branch, tag or commit after '@'."),
            (_, "EntryNotFound", _) => (HubError.FileNotFound, $"{what} does not exist on {host}. List the repository's files and check the name."),
            (_, "GatedRepo", _) => (HubError.RepositoryGated, $"{repositoryId} is gated. Accept its terms at https://huggingface.co/{repositoryId} and "
                + (hasToken ? "use a token of that account (HF_TOKEN)." : "set HF_TOKEN to a token of that account.")),
            (_, _, "Access to this resource is disabled.") => (HubError.RepositoryDisabled, $"{repositoryId} was disabled by {host}. Choose another repository."),
            (401, _, "Invalid credentials in Authorization header") => (HubError.AccessDenied, $"{host} refuses the token. Renew it and set HF_TOKEN, or unset it for public models."),
            (401, _, not null) when code is null && !IsPlain(message) => (HubError.AccessDenied, $"{host} refuses {what}: {message}"),
            (_, "RepoNotFound", not null) when !IsPlain(message) => (HubError.RepositoryNotFound, $"{repositoryId} is not on {host}: {message}"),
            (_, "RepoNotFound", _) or (401, _, _) => (HubError.RepositoryNotFound, $"{repositoryId} is not on {host}. Check the spelling. {logIn}"),
            (403, _, _) => (HubError.AccessDenied, $"{host} refuses {what}{(message is null ? "" : $" ({message})")}. {logIn}"),
            (404 or 410, _, _) when isFile => (HubError.FileNotFound, $"{what} does not exist on {host}. List the repository's files and check the name."),
            (404 or 410, _, _) => (HubError.RepositoryNotFound, $"{what} is not on {host}. Check name and revision. {logIn}"),
            _ => (HubError.BadAnswer, $"{host} answers {status} for {what}{(message is null ? "" : $" ({message})")}. Check that HF_ENDPOINT is a Hugging Face hub or a mirror of one."),
        };
    }

    /// <summary>Words of the hub's that say no more than ours; a mirror's own say more.</summary>
    private static bool IsPlain(string message) => message is "Repository not found" or "Invalid username or password.";

    /// <summary>A header's text, fit to be shown.</summary>
    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && values.FirstOrDefault() is { Length: > 0 } text ? Quoted(text) : null;

    /// <summary>What a server says, without its control characters and not endless.</summary>
    private static string Quoted(string text) => new([.. text.Take(LongestQuote).Where(character => !char.IsControl(character))]);

    private static Uri? ProxyOf(Uri address) =>
        !HttpClient.DefaultProxy.IsBypassed(address) && HttpClient.DefaultProxy.GetProxy(address) is { } proxy && proxy != address ? proxy : null;
}
