using System.Globalization;
using System.Text.Json;

namespace Exo.Silo.Clustering;

/// <summary>
/// A table that processes of one machine share through a folder, without a lock that a frozen process could keep: every version of the table is
/// a file of its own, named by its number, and of all who write version n + 1 the one whose file comes first has written it.
/// </summary>
internal sealed class MembershipFiles(string folder)
{
    /// <summary>Versions that stay: a writer that slept longer than these is refused.</summary>
    private const int KeptVersions = 64;

    private const int ReadTries = 100;

    /// <summary>The newest version and its rows; 0 and none where nothing was ever written.</summary>
    public (int Version, IReadOnlyList<MembershipRow> Rows) Read()
    {
        for (var tries = 1; ; tries++)
        {
            var version = Newest();
            if (version == 0) return (0, []);
            try
            {
                using var file = File.OpenRead(PathOf(version));
                return (version, JsonSerializer.Deserialize(file, MembershipJson.Default.MembershipRowArray)!);
            }
            catch (FileNotFoundException) when (tries < ReadTries)
            {
                // Others have written many versions since the folder was listed, and swept this one away.
            }
        }
    }

    /// <summary>Writes the rows as this version; false where another has written it already.</summary>
    public bool TryWrite(int version, IReadOnlyList<MembershipRow> rows)
    {
        Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, $"draft-{Guid.NewGuid():N}");
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes([.. rows], MembershipJson.Default.MembershipRowArray));
        return ExclusiveFile.TryPublish(draft, PathOf(version)) && IsOfNow(version);
    }

    /// <summary>Notes that a silo lives. Each silo writes its own file only.</summary>
    public void Touch(string silo, DateTime time)
    {
        Directory.CreateDirectory(folder);
        var path = AliveOf(silo);
        if (!File.Exists(path)) File.WriteAllBytes(path, []);
        File.SetLastWriteTimeUtc(path, time);
    }

    /// <summary>When a silo last said that it lives; null where it never did.</summary>
    public DateTime? LastTouch(string silo) => new FileInfo(AliveOf(silo)) is { Exists: true } file ? file.LastWriteTimeUtc : null;

    public void Forget(string silo) => File.Delete(AliveOf(silo));

    /// <summary>A version that was swept away can be written again by one who slept meanwhile: that counts for nothing.</summary>
    private bool IsOfNow(int version)
    {
        var newest = Newest();
        if (newest - version >= KeptVersions)
        {
            File.Delete(PathOf(version));
            return false;
        }
        foreach (var old in Versions().Where(old => old <= newest - KeptVersions)) File.Delete(PathOf(old));
        return true;
    }

    private int Newest() => Versions().DefaultIfEmpty(0).Max();

    private IEnumerable<int> Versions() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.table").Select(path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
        : [];

    private string PathOf(int version) => Path.Combine(folder, version.ToString(CultureInfo.InvariantCulture) + ".table");

    private string AliveOf(string silo) => Path.Combine(folder, string.Concat(silo.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '@' ? letter : '-')) + ".alive");
}
