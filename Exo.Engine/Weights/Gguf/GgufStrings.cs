namespace Exo.Engine.Weights.Gguf;

/// <summary>A list of byte strings in one block: a vocabulary of 256 thousand tokens without as many objects.</summary>
internal sealed class GgufStrings
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    private GgufStrings(byte[] bytes, int[] starts)
    {
        _bytes = bytes;
        _starts = starts;
    }

    public int Count => _starts.Length - 1;

    /// <summary>As the file has them; UTF-8 where it is a proper one.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);

    public static GgufStrings Of(IEnumerable<string> texts)
    {
        var parts = texts.Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        var starts = new int[parts.Length + 1];
        for (var i = 0; i < parts.Length; i++)
            starts[i + 1] = starts[i] + parts[i].Length;
        return new([.. parts.SelectMany(part => part)], starts);
    }

    public static GgufStrings Read(ref GgufCursor cursor, ulong count, string key)
    {
        cursor.CheckCount(count, minByteCount: 8, key);

        // Once for the lengths, once for the bytes: the block is as long as the strings are, not longer.
        var again = cursor;
        var starts = new List<int> { 0 };
        for (var i = 0; i < (int)count; i++)
            starts.Add(starts[i] + cursor.Prefixed(key).Length);
        var bytes = new byte[starts[^1]];
        for (var i = 0; i < (int)count; i++)
            again.Prefixed(key).CopyTo(bytes.AsSpan(starts[i]));
        return new(bytes, [.. starts]);
    }
}
