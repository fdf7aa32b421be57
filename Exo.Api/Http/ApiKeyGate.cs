using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Exo.Api.Http;

/// <summary>Lets through who knows the key. The hub's clients send theirs as <c>HF_TOKEN</c>, so a mirror's key is a token to them.</summary>
internal sealed class ApiKeyGate(string apiKey)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(apiKey));

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (TellsNothing(context.Request.Path) || Knows(context.Request.Headers.Authorization.ToString())) return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        context.Response.Headers["X-Error-Message"] = "This server wants its key. Set HF_TOKEN to it."; // What the hub's clients show.
        return HttpErrors.WriteAsync(context, StatusCodes.Status401Unauthorized, HttpErrors.Body(
            ExoErrorKind.Forbidden, "this server wants its key: send 'Authorization: Bearer KEY' (EXO_API_KEY, or HF_TOKEN for a mirror)", code: "invalid_api_key"));
    }

    /// <summary>What says no more than that Exo is here.</summary>
    private static bool TellsNothing(PathString path) => path == "/health" || path == "/";

    /// <summary>Digests are compared, in a time that tells nothing of the key or its length.</summary>
    private bool Knows(string authorization) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(_digest, SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())));
}
