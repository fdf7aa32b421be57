using System.Text.Json.Serialization;

namespace Exo.Api;

/// <summary>An expected failure, told in one line: what happened, to which thing, and what to do.</summary>
public sealed class ExoException(ExoErrorKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExoErrorKind Kind { get; } = kind;
}

/// <summary>What a caller can tell apart and act upon.</summary>
[JsonConverter(typeof(SnakeCaseEnum<ExoErrorKind>))]
public enum ExoErrorKind
{
    /// <summary>None of the kinds below.</summary>
    Failure,

    /// <summary>The request itself makes no sense: a value out of range, two inputs at once.</summary>
    BadRequest,

    /// <summary>No model of that name, neither here nor where models come from.</summary>
    ModelNotFound,

    /// <summary>The name is one to pull, and the model is not here, or only in part.</summary>
    ModelNotPulled,

    /// <summary>The model's files are not what they must be, or it is of a kind Exo doesn't run.</summary>
    InvalidModel,

    /// <summary>Prompt and history don't fit into the context.</summary>
    ContextFull,

    /// <summary>The machine lacks memory for it.</summary>
    OutOfMemory,

    /// <summary>The hub or server could not be reached, or broke off.</summary>
    Unavailable,

    /// <summary>The hub or server wants a token, or other rights.</summary>
    Forbidden,

    /// <summary>The disk has no room for it.</summary>
    DiskFull,

    /// <summary>Too many wait already: the same request is worth another try later.</summary>
    Busy,
}
