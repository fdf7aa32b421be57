using System.Runtime.CompilerServices;

namespace Exo.Engine.Tokenization.Patterns;

/// <summary>A stretch of a text, in chars.</summary>
internal readonly record struct TextSpan(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>A growing list of stretches.</summary>
internal sealed class SpanList
{
    private TextSpan[] _spans = new TextSpan[16];

    public int Count { get; private set; }

    public ReadOnlySpan<TextSpan> Span => _spans.AsSpan(0, Count);

    public TextSpan this[int index] => _spans[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int start, int length)
    {
        var count = Count;
        var spans = _spans;
        if ((uint)count >= (uint)spans.Length)
            spans = Grow();
        spans[count] = new TextSpan(start, length);
        Count = count + 1;
    }

    public void Clear() => Count = 0;

    /// <summary>Forgets the contents, and the memory too where it has grown past <paramref name="keep"/> entries.</summary>
    public void Trim(int keep)
    {
        Clear();
        if (_spans.Length > keep)
            _spans = new TextSpan[16];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TextSpan[] Grow()
    {
        Array.Resize(ref _spans, _spans.Length * 2);
        return _spans;
    }
}
