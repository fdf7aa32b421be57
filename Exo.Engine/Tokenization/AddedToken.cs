namespace Exo.Engine.Tokenization;

/// <summary>A token that is found in the text itself, before the model sees it.</summary>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the whitespace before it along.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Takes the whitespace after it along.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Looked for in the normalized text, its content normalized too.</summary>
    public bool Normalized { get; init; }

    /// <summary>A control token: no part of what a person reads, and not recognised in text that may not hold any.</summary>
    public bool Special { get; init; }
}
