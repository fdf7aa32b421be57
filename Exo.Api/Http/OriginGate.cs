using System.Net;
using Microsoft.AspNetCore.Http;

namespace Exo.Api.Http;

/// <summary>
/// Keeps web pages out that a browser on this machine shows. On loopback nothing but the browser's own rules stands between a page and
/// the server: a page that has its name point to 127.0.0.1 (DNS rebinding) shows by the Host header, any other by Origin.
/// </summary>
internal sealed class OriginGate(bool loopbackOnly, IReadOnlyList<string> allowedOrigins)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host;
        if (loopbackOnly && !IsLoopback(host.Host))
            return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, $"this server listens on loopback and is asked for as '{host.Host}': call it localhost or 127.0.0.1");

        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsOwn(origin, host)) return next(context);
        if (!allowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            return RefuseAsync(context, StatusCodes.Status403Forbidden, $"pages of {origin} may not ask this server: start it with --cors-origin {origin} where they should");

        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.Vary = "Origin";
        if (!HttpMethods.IsOptions(context.Request.Method)) return next(context);
        context.Response.Headers.AccessControlAllowMethods = "GET, POST";
        context.Response.Headers.AccessControlAllowHeaders = "Authorization, Content-Type, Last-Event-ID";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && host.Host.Equals(uri.Host, StringComparison.OrdinalIgnoreCase) && (host.Port ?? (uri.Scheme == Uri.UriSchemeHttps ? 443 : 80)) == uri.Port;

    private static Task RefuseAsync(HttpContext context, int status, string message) =>
        HttpErrors.WriteAsync(context, status, HttpErrors.Body(ExoErrorKind.Forbidden, message));
}
