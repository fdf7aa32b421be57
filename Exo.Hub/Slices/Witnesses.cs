using System.Security.Cryptography;
using Exo.Hub.Transfer;

namespace Exo.Hub.Slices;

/// <summary>
/// Compares what has landed with what peers say of the same bytes. A slice has no hash to be held against, so a range that came from a peer
/// counts only as long as no other account contradicts it; what came from the origin is believed.
/// </summary>
internal static class Witnesses
{
    /// <summary>The ranges from peers that somebody contradicts: they should be fetched anew, from the origin.</summary>
    /// <param name="path">The sparse file.</param>
    /// <param name="landed">What its journal says has landed.</param>
    /// <param name="accounts">What peers say of the file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static IReadOnlyList<LandedRange> Contradicted(string path, IReadOnlyList<LandedRange> landed, IEnumerable<RangeListing> accounts, CancellationToken cancellationToken)
    {
        var hearsay = landed.Where(record => record.FromPeer).ToList();
        if (hearsay.Count == 0) return [];
        var held = new RangeSet(landed.Select(record => record.Range));
        var contradicted = new HashSet<LandedRange>();
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        foreach (var said in accounts.SelectMany(account => account.Ranges).Where(range => range.Sha256 is not null && held.Contains(range.ToRange())))
        {
            var touched = hearsay.Where(record => !record.Range.Intersect(said.ToRange()).IsEmpty && !contradicted.Contains(record)).ToList();
            if (touched.Count == 0 || touched is [var same] && same.Range == said.ToRange() && Convert.ToHexStringLower(same.Digest) == said.Sha256) continue;
            if (Hash(file, said.ToRange(), cancellationToken) != said.Sha256) contradicted.UnionWith(touched);
        }
        return [.. contradicted];
    }

    private static string Hash(Microsoft.Win32.SafeHandles.SafeFileHandle file, ByteRange range, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var position = range.Start; position < range.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, range.End - position)), position);
            if (count == 0) break;
            hash.AppendData(buffer.AsSpan(0, count));
            position += count;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
