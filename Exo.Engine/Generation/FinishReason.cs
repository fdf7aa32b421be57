namespace Exo.Engine.Generation;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-text token, a stop token or a stop string came.</summary>
    Stop,

    /// <summary>The asked number of tokens, or the end of the context, was reached.</summary>
    Length,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}
