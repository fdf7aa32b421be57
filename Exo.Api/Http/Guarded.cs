using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exo.Api.Http;

/// <summary>Endpoints whose failures come out as bodies with the right status.</summary>
internal static partial class Guarded
{
    /// <summary>The same endpoint, its failures told to the caller as far as the response has not begun.</summary>
    /// <param name="endpoint">Answers.</param>
    /// <param name="tell">Writes a failure; null: in OpenAI's shape.</param>
    public static RequestDelegate Endpoint(RequestDelegate endpoint, Func<HttpContext, int, ErrorBody, Task>? tell = null) => async context =>
    {
        try
        {
            await endpoint(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to tell.
        }
        catch (Exception failure)
        {
            var (status, body) = HttpErrors.Of(failure);
            if (status == StatusCodes.Status500InternalServerError && failure is not ExoException) Unexpected(Logger(context), context.Request.Path, failure);
            if (context.Response.HasStarted) context.Abort();
            else await (tell ?? HttpErrors.WriteAsync)(context, status, body);
        }
    };

    /// <summary>The request's body.</summary>
    /// <exception cref="JsonException">It is no such thing.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) where T : class =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new JsonException("The body is null.");

    /// <summary>Cancelled when the caller leaves, and when the server begins to end: for what would hold it up and can be taken up again.</summary>
    public static CancellationTokenSource UntilStopping(HttpContext context) => CancellationTokenSource.CreateLinkedTokenSource(
        context.RequestAborted, context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None);

    public static void LogUnexpected(HttpContext context, Exception failure) => Unexpected(Logger(context), context.Request.Path, failure);

    private static ILogger Logger(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Exo.Http");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed")]
    private static partial void Unexpected(ILogger logger, string path, Exception failure);
}
