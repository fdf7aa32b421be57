namespace Exo.Engine.Chat.Jinja;

/// <summary>Sums of weights that stop growing before they overflow: shared items weigh again at every place they stand.</summary>
internal static class Weights
{
    private const long Heaviest = 1L << 40;

    public static long Of(IEnumerable<Value> items)
    {
        long sum = 1;
        foreach (var item in items) sum = Math.Min(sum + item.Weight, Heaviest);
        return sum;
    }
}
