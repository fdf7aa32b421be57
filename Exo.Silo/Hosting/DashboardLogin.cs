using System.Text;
using Microsoft.AspNetCore.Http;

namespace Exo.Silo.Hosting;

/// <summary>Lets a browser show the API's key: as the password it asks for, any user name beside it.</summary>
internal static class DashboardLogin
{
    public const string Path = "/dashboard";

    private const string Scheme = "Basic ";

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Path)) return next(context);
        if (Password(context.Request.Headers.Authorization.ToString()) is { } key) context.Request.Headers.Authorization = "Bearer " + key;
        context.Response.OnStarting(() =>
        {
            if (context.Response.StatusCode == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Basic realm=\"exo\", charset=\"UTF-8\"";
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static string? Password(string authorization)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var encoded = authorization[Scheme.Length..].Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var count)) return null;
        var login = Encoding.UTF8.GetString(bytes, 0, count);
        return login.IndexOf(':') is var colon and >= 0 ? login[(colon + 1)..] : null;
    }
}
