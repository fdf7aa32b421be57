using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Exo.Tests.Hub.Server;

/// <summary>One file of a commit, with the names by which the hub calls its bytes. Hashes are computed once for all servers.</summary>
internal sealed class ServedFile(string path, HubContent content)
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Hashes = new();

    /// <summary>In the repository, with forward slashes.</summary>
    public string Path { get; } = path;

    public HubContent Content { get; } = content;

    public long Size => Content.Length;

    /// <summary>Kept in LFS: named by SHA-256 and served by the CDN.</summary>
    public bool IsLfs { get; init; }

    /// <summary>Announced in place of the true hash: for files too big to hash, and for hubs that lie. Hexadecimal.</summary>
    public string? DeclaredSha256 { get; init; }

    /// <summary>Hexadecimal.</summary>
    public string Sha256 => DeclaredSha256 ?? Cached("sha256", () => Hash(HashAlgorithmName.SHA256, ""));

    /// <summary>The git blob name of what git holds: the bytes themselves, or the LFS pointer. Hexadecimal.</summary>
    public string GitSha1 => IsLfs
        ? Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes($"blob {Pointer.Length}\0{Pointer}")))
        : Cached("git", () => Hash(HashAlgorithmName.SHA1, $"blob {Size}\0"));

    /// <summary>The LFS pointer file's text.</summary>
    public string Pointer => $"version https://git-lfs.github.com/spec/v1\noid sha256:{Sha256}\nsize {Size}\n";

    /// <summary>What X-Linked-Etag or ETag says on the hub, without quotes.</summary>
    public string ETag => IsLfs ? Sha256 : GitSha1;

    /// <summary>The CDN's own ETag, without quotes: as with S3, a name that is no hash of the whole.</summary>
    public string CdnETag => $"{Sha256[..32]}-{Size / (16 << 20) + 1}";

    private string Cached(string kind, Func<string> compute) =>
        Hashes.GetOrAdd($"{kind}:{Content.Identity}", _ => new Lazy<string>(compute)).Value;

    private string Hash(HashAlgorithmName name, string prefix)
    {
        using var hash = IncrementalHash.CreateHash(name);
        hash.AppendData(Encoding.ASCII.GetBytes(prefix));
        var buffer = new byte[(int)Math.Min(1 << 20, Size)];
        for (long offset = 0; offset < Size; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Size - offset));
            Content.Read(offset, part);
            hash.AppendData(part);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
