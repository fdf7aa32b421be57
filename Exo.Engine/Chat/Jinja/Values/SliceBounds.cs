using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>The three parts of <c>[start:stop:step]</c>, null where left out.</summary>
internal readonly record struct SliceBounds(BigInteger? Start, BigInteger? Stop, BigInteger? Step)
{
    /// <summary>Position of element <paramref name="index"/> of <paramref name="length"/>, negative ones from the end; null outside.</summary>
    public static int? Element(BigInteger index, int length)
    {
        if (index.Sign < 0) index += length;
        return index.Sign < 0 || index >= length ? null : (int)index;
    }

    /// <summary>The elements meant, of a sequence of <paramref name="length"/>.</summary>
    /// <exception cref="TemplateError">A step of zero.</exception>
    public SliceRange Over(int length)
    {
        // A step longer than the sequence takes one element, whatever its size.
        var step = (int)BigInteger.Clamp(Step ?? 1, -int.MaxValue, int.MaxValue);
        if (step == 0) throw new TemplateError("slice step cannot be zero");
        var (low, high) = step > 0 ? (0, length) : (-1, length - 1);
        return new(Bound(Start, step > 0 ? low : high, length, low, high), Bound(Stop, step > 0 ? high : low, length, low, high), step);
    }

    private static int Bound(BigInteger? given, int absent, int length, int low, int high)
    {
        if (given is not { } index) return absent;
        if (index.Sign < 0) index += length;
        return (int)BigInteger.Clamp(index, low, high);
    }
}

/// <summary>A slice of a sequence of known length: <see cref="Count"/> elements, element i at start + i · step, none at or beyond stop.</summary>
internal readonly record struct SliceRange(int Start, int Stop, int Step)
{
    public int Count
    {
        get
        {
            var span = Step > 0 ? (long)Stop - Start : (long)Start - Stop;
            return span <= 0 ? 0 : (int)((span - 1) / Math.Abs((long)Step) + 1);
        }
    }

    /// <summary>Copies the elements meant.</summary>
    public void Copy(ReadOnlySpan<char> from, Span<char> to)
    {
        for (var i = 0; i < to.Length; i++) to[i] = from[Start + i * Step];
    }
}
