namespace Exo.Engine.Tokenization.Decoders;

/// <summary>A token's piece on its way back to text.</summary>
internal ref struct TokenText
{
    /// <summary>The bytes so far: the piece's own spelling at first.</summary>
    public byte[] Bytes;

    /// <summary>Whether it is the first token that is shown.</summary>
    public bool IsFirst;

    /// <summary>Whether it is an added token: its spelling is literal text.</summary>
    public bool IsAdded;
}

/// <summary>One decoder step that looks at a single token. Stateless.</summary>
internal abstract class TokenStep
{
    /// <summary>Whether a text's first token comes out otherwise than the others.</summary>
    public virtual bool MindsFirst => false;

    public abstract void Apply(ref TokenText token);
}
