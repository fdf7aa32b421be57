namespace Exo.Tests.Hub.Server;

/// <summary>Repeatable chance: hashes of what a thing is, never of when it happened (the finalizer of splitmix64; FNV-1a for text).</summary>
internal static class Scramble
{
    public static ulong Mix(ulong seed, ulong index)
    {
        var x = seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    public static ulong Of(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var c in text)
            hash = (hash ^ c) * 0x100000001B3;
        return hash;
    }

    /// <summary>In [0, 1).</summary>
    public static double Chance(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));
}
