namespace Exo.Hub.Transfer;

/// <summary>Bytes <see cref="Start"/> to <see cref="End"/> (exclusive) of a file.</summary>
/// <param name="Start">First byte's position; 0 or more.</param>
/// <param name="Length">Byte count; 0 or more.</param>
public readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>The position after the last byte.</summary>
    public long End => Start + Length;

    /// <summary>Whether there are no bytes.</summary>
    public bool IsEmpty => Length <= 0;

    /// <summary>The range from <paramref name="start"/> to <paramref name="end"/>, exclusive.</summary>
    public static ByteRange FromTo(long start, long end) => new(start, Math.Max(0, end - start));

    /// <summary>The bytes in both.</summary>
    public ByteRange Intersect(ByteRange other) => FromTo(Math.Max(Start, other.Start), Math.Min(End, other.End));

    /// <summary>As in a Range header: "start-last".</summary>
    public override string ToString() => $"{Start}-{End - 1}";
}
