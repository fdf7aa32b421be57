using System.Security.Cryptography;
using System.Text;
using Exo.Hub.Protocol;

namespace Exo.Hub.Transfer;

/// <summary>Hashes a whole file in order, as its <see cref="ContentHash"/> wants it. One thread at a time.</summary>
internal sealed class ContentHasher : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly ContentHashKind _kind;

    public ContentHasher(ContentHashKind kind, long fileByteCount)
    {
        _kind = kind;
        // Git names its objects by SHA-1; this is no use of it for security.
#pragma warning disable CA5350
        _hash = IncrementalHash.CreateHash(kind == ContentHashKind.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (_kind == ContentHashKind.GitSha1) _hash.AppendData(Encoding.ASCII.GetBytes($"blob {fileByteCount}\0"));
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public ContentHash Finish() => ContentHash.Parse(Convert.ToHexStringLower(_hash.GetHashAndReset()));

    public void Dispose() => _hash.Dispose();
}
