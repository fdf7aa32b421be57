namespace Exo.Engine.Chat.Jinja;

/// <summary>How much a list, tuple or dict holds and how deep, counted once when it is made.</summary>
/// <param name="Weight">See <see cref="Value.Weight"/>; it stops growing before it overflows.</param>
/// <param name="Depth">See <see cref="Value.Depth"/>.</param>
internal readonly record struct Bulk(long Weight, int Depth)
{
    private const long Heaviest = 1L << 40;

    /// <exception cref="TemplateError">Values inside one another beyond the limit.</exception>
    public static Bulk Of(IEnumerable<Value> items)
    {
        var (weight, depth) = (1L, 0);
        foreach (var item in items)
        {
            weight = Math.Min(weight + item.Weight, Heaviest);
            depth = Math.Max(depth, item.Depth);
        }

        if (depth >= Limits.ValueDepth) throw TemplateError.Limit($"values more than {Limits.ValueDepth} levels inside one another");
        return new Bulk(weight, depth + 1);
    }
}
