namespace Exo.Hub.Transfer;

/// <summary>Looks positions up among things that cover ranges of a file, in order and without overlaps.</summary>
internal static class OrderedRanges
{
    /// <summary>The index of the first that ends behind a position; their count where none does.</summary>
    public static int FirstEndingAfter<T>(IReadOnlyList<T> ordered, long position, Func<T, long> endOf)
    {
        int low = 0, high = ordered.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (endOf(ordered[middle]) <= position) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
