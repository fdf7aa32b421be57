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
        Begin(context, status);
        return context.Response.WriteAsJsonAsync(body, HttpJson.Line.ErrorBody, cancellationToken: context.RequestAborted);
    }

    /// <summary>What stands before a body of any shape.</summary>
    public static void Begin(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = "1";
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
        const string Missing = "missing required properties including: ";
        if (json.Message.IndexOf(Missing, StringComparison.Ordinal) is >= 0 and var at) return $"{json.Message[(at + Missing.Length)..].TrimEnd('.')} is missing";
        if (json.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return PathOf(json) is { } field ? $"'{field}' must be {Wanted($"{json.Message} {json.InnerException?.Message}")}" : "the request's body must be a JSON object";
        var end = json.Message.IndexOf(". ", StringComparison.Ordinal);
        return $"the request's body is not the JSON it must be: {(end < 0 ? json.Message : json.Message[..end]).TrimEnd('.')}";
    }

    /// <summary>What a field takes, as far as the reader's words tell: they name a list's type, and how they would read a single value.</summary>
    private static string Wanted(string message) => message switch
    {
        _ when message.Contains("as a string", StringComparison.Ordinal) => "a text",
        _ when message.Contains("as a boolean", StringComparison.Ordinal) => "true or false",
        _ when message.Contains("as a number", StringComparison.Ordinal) || message.Contains("out of bounds", StringComparison.Ordinal) => "a number in its range",
        _ when message.Contains("IReadOnlyList", StringComparison.Ordinal) => "a list",
        _ => "something else: docs/http.md tells the kinds and values of each field",
    };

    /// <summary>"messages[0].role"; null where the whole is to blame.</summary>
    private static string? PathOf(JsonException json) => json.Path is { Length: > 2 } path ? path[2..] : null;
}
