using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exo.Hub.Transfer;

/// <summary>How a journal names the bytes of one landed range.</summary>
public enum RangeDigestKind : byte
{
    /// <summary>CRC-32C, 4 bytes: enough where the whole file's hash is checked as well.</summary>
    Crc32C = 1,
    /// <summary>SHA-256, 32 bytes: for slices, whose whole file never comes; peers compare them.</summary>
    Sha256 = 2,
}

/// <summary>Digests one range as its bytes arrive, in order. One thread at a time.</summary>
internal sealed class RangeDigester(RangeDigestKind kind) : IDisposable
{
    private readonly IncrementalHash? _sha = kind == RangeDigestKind.Sha256 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private uint _crc = Crc32C.Initial;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_sha is not null) _sha.AppendData(bytes);
        else _crc = Crc32C.Append(_crc, bytes);
    }

    /// <summary>The digest of everything appended (4 or 32 bytes); begins anew.</summary>
    public byte[] Finish()
    {
        if (_sha is not null) return _sha.GetHashAndReset();
        var digest = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(digest, ~_crc);
        _crc = Crc32C.Initial;
        return digest;
    }

    public void Dispose() => _sha?.Dispose();
}
