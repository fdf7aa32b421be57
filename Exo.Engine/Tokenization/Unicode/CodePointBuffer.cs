using System.Text;

namespace Exo.Engine.Tokenization.Unicode;

/// <summary>A growing list of code points with what normalization needs of it.</summary>
internal sealed class CodePointBuffer
{
    private int[] _points = new int[64];

    public int Count { get; set; }

    public ref int this[int index] => ref _points[index];

    public void Add(int codePoint)
    {
        if (Count == _points.Length)
            Array.Resize(ref _points, Count * 2);
        _points[Count++] = codePoint;
    }

    public void Clear() => Count = 0;

    /// <summary>Canonical ordering: every run of marks in the order of their classes, equals as they stood. A run of n marks takes n log n.</summary>
    public void SortMarks(NormalizationData data)
    {
        for (var index = 0; index < Count;)
        {
            if (data.Class(_points[index]) == 0)
            {
                index++;
                continue;
            }
            var end = index + 1;
            while (end < Count && data.Class(_points[end]) != 0)
                end++;
            if (end - index > 1)
                SortRun(data, index, end - index);
            index = end;
        }
    }

    public void AppendTo(StringBuilder text)
    {
        Span<char> chars = stackalloc char[2];
        foreach (var point in _points.AsSpan(0, Count))
            text.Append(chars[..(Rune.TryCreate(point, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf16(chars)]);
    }

    private void SortRun(NormalizationData data, int start, int length)
    {
        var keys = new long[length];
        for (var i = 0; i < length; i++)
            keys[i] = (long)data.Class(_points[start + i]) << 32 | (uint)i;
        var run = _points.AsSpan(start, length).ToArray();
        Array.Sort(keys, run);
        run.CopyTo(_points.AsSpan(start));
    }
}
