namespace Exo.Engine.Models;

/// <summary>How a model's makers would generate with it; null where they don't say.</summary>
public sealed record GenerationDefaults
{
    /// <summary>The token that begins a text.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>The tokens that end an answer, whichever comes first; ascending, without repeats.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>False asks for the likeliest token always.</summary>
    public bool? DoSample { get; init; }

    public float? Temperature { get; init; }

    public int? TopK { get; init; }

    public float? TopP { get; init; }

    public float? MinP { get; init; }

    public float? RepetitionPenalty { get; init; }

    public int? MaxNewTokens { get; init; }
}
