namespace Exo.Engine.Chat.Jinja;

/// <summary>Python's <c>sorted</c>: equal items keep their order, also when reversed. Each comparison is paid for.</summary>
internal static class StableSort
{
    /// <exception cref="TemplateError">Keys without an order between them.</exception>
    public static List<T> Sort<T>(IReadOnlyList<T> items, Func<T, Value> key, bool isReversed, Rendering rendering)
    {
        (Value Key, T Item)[] from = [.. items.Select(item => (key(item), item))];
        var to = new (Value Key, T Item)[from.Length];
        for (var run = 1; run < from.Length; run *= 2)
        {
            for (var start = 0; start < from.Length; start += 2 * run)
            {
                Merge(from, to, start, Math.Min(start + run, from.Length), Math.Min(start + 2 * run, from.Length), isReversed, rendering);
            }

            (from, to) = (to, from);
        }

        return [.. from.Select(entry => entry.Item)];
    }

    private static void Merge<T>(
        (Value Key, T Item)[] from, (Value Key, T Item)[] to, int start, int middle, int end, bool isReversed, Rendering rendering)
    {
        var (left, right) = (start, middle);
        for (var i = start; i < end; i++)
        {
            var takesRight = left == middle || (right < end && Precedes(from[right].Key, from[left].Key, isReversed, rendering));
            to[i] = takesRight ? from[right++] : from[left++];
        }
    }

    private static bool Precedes(Value a, Value b, bool isReversed, Rendering rendering) =>
        (isReversed ? Comparison.Order("<", b, a, rendering) : Comparison.Order("<", a, b, rendering)) < 0;
}
