using System.Security.Cryptography;
using System.Text;

namespace Exo.Tests.Hub.Server;

/// <summary>A model repository: named revisions pointing at commits.</summary>
internal sealed class HubRepository(string id)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HubCommit> _refs = [];

    /// <summary>"org/name", or "name" as the oldest repositories have it.</summary>
    public string Id { get; } = id;

    /// <summary>Null, "auto" or "manual": files need a token whose owner was let in; facts and tree are open.</summary>
    public string? Gated { get; set; }

    /// <summary>Looks missing to everyone without a token that may see it.</summary>
    public bool Private { get; set; }

    public bool Disabled { get; set; }

    /// <summary>The repository's new name: every address answers with a relative redirect.</summary>
    public string? RenamedTo { get; set; }

    /// <summary>Makes a commit of these files and points <paramref name="revision"/> at it.</summary>
    public HubCommit Commit(string revision, params ServedFile[] files)
    {
        var commit = new HubCommit(Id, files);
        lock (_gate)
        {
            _refs[revision] = commit;
            _refs[commit.Sha] = commit;
        }
        return commit;
    }

    /// <summary>A branch, tag, "refs/pr/1" or full commit; null when there is none such.</summary>
    public HubCommit? Find(string revision)
    {
        lock (_gate) return _refs.GetValueOrDefault(revision);
    }
}

/// <summary>The files of a repository at one moment.</summary>
internal sealed class HubCommit(string repository, IReadOnlyList<ServedFile> files)
{
    /// <summary>Forty hexadecimal digits, the same for the same files.</summary>
    public string Sha { get; } = Convert.ToHexStringLower(SHA1.HashData(
        Encoding.UTF8.GetBytes(repository + string.Join('|', files.Select(file => file.Path + file.Content.Identity)))));

    /// <summary>In the order of the tree.</summary>
    public IReadOnlyList<ServedFile> Files { get; } = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];

    public ServedFile? Find(string path) => Files.FirstOrDefault(file => file.Path == path);

    /// <summary>The folders above the files.</summary>
    public IEnumerable<string> Folders => Files.SelectMany(file => Parents(file.Path)).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
