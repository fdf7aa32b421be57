namespace Exo.Api.Http;

/// <summary>What went wrong, in OpenAI's shape, with Exo's own kind beside it.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

internal sealed record ErrorDetail
{
    /// <summary>One sentence: what happened, to which thing, and what to do.</summary>
    public required string Message { get; init; }

    /// <summary>"invalid_request_error", "server_error", …</summary>
    public required string Type { get; init; }

    /// <summary>The request's field that is to blame; null where none is.</summary>
    public string? Param { get; init; }

    /// <summary>For programs: "model_not_found", "context_length_exceeded", …</summary>
    public string? Code { get; init; }

    /// <summary>Exo's own, so that nothing is lost between two Exos.</summary>
    public required ExoErrorKind Kind { get; init; }
}

/// <summary>A request's field that can't be served as it is.</summary>
internal sealed class FieldException(string field, string message) : Exception(message)
{
    public string Field { get; } = field;
}
