using System.Security.Cryptography;
using System.Text;
using Exo.Hub.Protocol;
using Exo.Hub.Store;

namespace Exo.Api.Mirror;

/// <summary>The small text that git holds in place of a large file. Source: the Git LFS specification, version 1.</summary>
internal static class LfsPointer
{
    public static string Text(StoredFile file) => $"version https://git-lfs.github.com/spec/v1\noid sha256:{file.Hash!.Value.Text}\nsize {file.ByteCount}\n";

    /// <summary>The name that git gives to what it holds of the file: the file's own hash, or its pointer's.</summary>
    public static string GitName(StoredFile file)
    {
        if (!IsLarge(file)) return file.Hash!.Value.Text;
        var pointer = Text(file);
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes($"blob {pointer.Length}\0{pointer}")));
    }

    public static bool IsLarge(StoredFile file) => file.Hash!.Value.Kind == ContentHashKind.Sha256;
}
