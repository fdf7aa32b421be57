using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Exo.Api.Http;

/// <summary>Failures as status codes and bodies.</summary>
internal static class HttpErrors
{
    private const string CallersFault = "invalid_request_error";
    private const string ServersFault = "server_error";

    public static int StatusOf(ExoErrorKind kind) => kind switch
    {
        ExoErrorKind.BadRequest or ExoErrorKind.ContextFull => StatusCodes.Status400BadRequest,
        ExoErrorKind.ModelNotFound or ExoErrorKind.ModelNotPulled => StatusCodes.Status404NotFound,
        ExoErrorKind.InvalidModel => StatusCodes.Status422UnprocessableEntity,
        ExoErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ExoErrorKind.Busy => StatusCodes.Status429TooManyRequests,
        ExoErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        // Another try would end alike: 507 is none that clients repeat by themselves.
        ExoErrorKind.OutOfMemory or ExoErrorKind.DiskFull => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static ErrorBody Body(ExoErrorKind kind, string message, string? param = null, string? code = null) => new(new ErrorDetail
    {
        Message = message,
        Type = kind == ExoErrorKind.Busy ? "rate_limit_error" : StatusOf(kind) < 500 ? CallersFault : ServersFault,
        Param = param,
        Code = code ?? CodeOf(kind),
        Kind = kind,
    });

    /// <summary>The failure as a body; unexpected ones without what only the log should tell.</summary>
    public static (int Status, ErrorBody Body) Of(Exception failure) => failure switch
    {
        ExoException expected => (StatusOf(expected.Kind), Body(expected.Kind, expected.Message)),
        FieldException field => (StatusCodes.Status400BadRequest, Body(ExoErrorKind.BadRequest, field.Message, field.Field)),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (413, Body(ExoErrorKind.BadRequest, "the request is too large for this server", code: "request_too_large")),
        BadHttpRequestException bad => (bad.StatusCode, Body(ExoErrorKind.BadRequest, bad.Message)),
        JsonException json => (StatusCodes.Status400BadRequest, Body(ExoErrorKind.BadRequest, Told(json), PathOf(json))),
        _ => (StatusCodes.Status500InternalServerError, Body(ExoErrorKind.Failure, $"unexpected {failure.GetType().Name} in the server: its log tells where")),
    };

    public static Task WriteAsync(HttpContext context, int status, ErrorBody body)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsJsonAsync(body, HttpJson.Line.ErrorBody, cancellationToken: context.RequestAborted);
    }

    private static string? CodeOf(ExoErrorKind kind) => kind switch
    {
        ExoErrorKind.ModelNotFound or ExoErrorKind.ModelNotPulled => "model_not_found",
        ExoErrorKind.ContextFull => "context_length_exceeded",
        ExoErrorKind.InvalidModel => "invalid_model",
        ExoErrorKind.Busy => "server_busy",
        ExoErrorKind.OutOfMemory => "out_of_memory",
        ExoErrorKind.DiskFull => "disk_full",
        ExoErrorKind.Unavailable => "unavailable",
        _ => null,
    };

    private static string Told(JsonException json)
    {
        if (PathOf(json) is { } field && json.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)) return $"'{field}' is of another kind than it must be: a number, a text, a list";
        var end = json.Message.IndexOf(". ", StringComparison.Ordinal);
        return $"the request's body is not the JSON it must be: {(end < 0 ? json.Message : json.Message[..end]).TrimEnd('.')}";
    }

    /// <summary>"messages[0].role"; null where the whole is to blame.</summary>
    private static string? PathOf(JsonException json) => json.Path is { Length: > 2 } path ? path[2..] : null;
}
