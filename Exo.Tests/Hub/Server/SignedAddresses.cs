using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Exo.Tests.Hub.Server;

/// <summary>Makes and checks the CDN's addresses, good for a time and a number of requests.</summary>
internal sealed class SignedAddresses(HubServerOptions options)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<long, Grant> _grants = new();
    private long _last;

    /// <returns>Path and query.</returns>
    public string Sign(string name, ServedFile file)
    {
        var id = Interlocked.Increment(ref _last);
        _grants[id] = new Grant(name, file, options.SignatureUses);
        var expires = (options.Clock.GetUtcNow() + options.SignatureLifetime).ToUnixTimeMilliseconds();
        var path = $"/repos/{file.Sha256[..2]}/{file.Sha256}";
        return $"{path}?response-content-type=application%2Foctet-stream&Id={id}&Expires={expires}&Signature={Signature(path, id, expires)}";
    }

    /// <summary>The file that this address opens ("org/name/path" and the file), or null when it is forged, too old or used up.</summary>
    public (string Name, ServedFile File)? Open(HubExchange exchange)
    {
        if (!long.TryParse(exchange.QueryValue("Id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !long.TryParse(exchange.QueryValue("Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            || exchange.QueryValue("Signature") != Signature(exchange.Path, id, expires)
            || options.Clock.GetUtcNow().ToUnixTimeMilliseconds() > expires
            || !_grants.TryGetValue(id, out var grant) || !grant.Use())
            return null;
        return (grant.Name, grant.File);
    }

    private string Signature(string path, long id, long expires) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{path} {id} {expires}")));

    private sealed class Grant(string name, ServedFile file, int uses)
    {
        private int _used;

        public string Name => name;

        public ServedFile File => file;

        public bool Use() => uses == int.MaxValue || Interlocked.Increment(ref _used) <= uses;
    }
}
