namespace Exo.Engine.Placement;

/// <summary>Chains that differ in one seat or one place.</summary>
internal static class ChainNeighbours
{
    /// <summary>The same list is changed from one to the next: copy what is to be kept.</summary>
    /// <param name="chain">Left as it is.</param>
    /// <param name="seats">Seats there are.</param>
    public static IEnumerable<List<int>> Of(IReadOnlyList<int> chain, int seats)
    {
        var list = new List<int>(chain);
        var others = Enumerable.Range(0, seats).Except(chain).ToArray();

        // 1. One seat less.
        for (var i = 0; i < list.Count && list.Count > 1; i++)
        {
            var seat = list[i];
            list.RemoveAt(i);
            yield return list;
            list.Insert(i, seat);
        }

        // 2. Another in its place.
        for (var i = 0; i < list.Count; i++)
        {
            var seat = list[i];
            foreach (var other in others)
            {
                list[i] = other;
                yield return list;
            }

            list[i] = seat;
        }

        // 3. One seat more.
        foreach (var other in others)
        {
            for (var i = 0; i <= list.Count; i++)
            {
                list.Insert(i, other);
                yield return list;
                list.RemoveAt(i);
            }
        }

        // 4. The seats between two places the other way round; of two neighbours an exchange.
        for (var i = 0; i < list.Count; i++)
        {
            for (var j = i + 1; j < list.Count; j++)
            {
                list.Reverse(i, j - i + 1);
                yield return list;
                list.Reverse(i, j - i + 1);
            }
        }

        // 5. One seat elsewhere.
        for (var i = 0; i < list.Count; i++)
        {
            var seat = list[i];
            list.RemoveAt(i);
            for (var j = 0; j <= list.Count; j++)
            {
                if (j == i) continue;
                list.Insert(j, seat);
                yield return list;
                list.RemoveAt(j);
            }

            list.Insert(i, seat);
        }
    }
}
