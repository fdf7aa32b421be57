namespace Exo.Client.Commands;

/// <summary>Which name a mistyped one was likely meant to be.</summary>
internal static class NearestName
{
    /// <summary>The name that the fewest slips lead to, the first of several; null where none is near: one slip for every three letters, three at most, so that a single letter is near nothing.</summary>
    public static string? Of(string word, IEnumerable<string> names)
    {
        var allowed = Math.Min(word.TrimStart('-').Length / 3, 3);
        return names.Select(name => (Name: name, Slips: Slips(word, name))).Where(name => name.Slips <= allowed).OrderBy(name => name.Slips).Select(name => name.Name).FirstOrDefault();
    }

    /// <summary>Letters left out, put in, taken for others, or swapped with the next one (the optimal string alignment distance).</summary>
    private static int Slips(string word, string name)
    {
        var slips = new int[word.Length + 1, name.Length + 1]; // Between the first letters of each.
        for (var i = 0; i <= word.Length; i++)
        {
            for (var j = 0; j <= name.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    slips[i, j] = i + j;
                    continue;
                }
                var taken = slips[i - 1, j - 1] + (word[i - 1] == name[j - 1] ? 0 : 1);
                slips[i, j] = Math.Min(taken, 1 + Math.Min(slips[i - 1, j], slips[i, j - 1]));
                if (i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1]) slips[i, j] = Math.Min(slips[i, j], slips[i - 2, j - 2] + 1);
            }
        }
        return slips[word.Length, name.Length];
    }
}
