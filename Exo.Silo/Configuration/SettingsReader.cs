using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Exo.Api;
using Exo.Api.Http;
using Exo.Grains.Pinning;
using Exo.Silo.Clustering;
using Exo.Silo.Hosting;
using Exo.Silo.Security;

namespace Exo.Silo.Configuration;

/// <summary>Makes settings of texts. What is wrong is refused here, before anything starts, with the setting's name and the remedy.</summary>
internal sealed class SettingsReader(SettingValues values)
{
    private const int LongestWaitSeconds = 3600;

    private const long LeastMemory = 64L << 20;

    /// <exception cref="SettingException">A value makes no sense, or two don't go together.</exception>
    public SiloSettings Read()
    {
        var redis = Redis();
        return new SiloSettings
        {
            Name = Word(SettingKeys.Name),
            ClusterId = Word(SettingKeys.ClusterId) ?? "exo",
            Redis = redis,
            Advertise = Advertise(redis),
            SiloPort = Port(SettingKeys.SiloPort, least: 1),
            GatewayPort = Port(SettingKeys.GatewayPort, least: 0) ?? 0,
            Http = Http(),
            ApiKey = values[SettingKeys.ApiKey],
            CorsOrigins = CorsOrigins(),
            Devices = Devices(),
            Threads = Threads(),
            MemoryByteCount = Memory(),
            KeepAlive = KeepAlive(),
            Tls = Tls(),
            JoinWait = Seconds(SettingKeys.JoinWait, 60),
            Drain = Seconds(SettingKeys.Drain, 20),
            Home = Home(),
            Verbose = Switch(SettingKeys.Verbose),
        };
    }

    private string? Word(SettingKey key) => values[key] is not { } text || NodeKey.IsName(text)
        ? values[key]
        : throw Refuse(key, "give 1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit");

    private RedisSettings? Redis()
    {
        var caFile = ExistingFile(SettingKeys.RedisCa);
        if (values[SettingKeys.Redis] is not { } text)
        {
            return caFile is null ? null : throw values.Refuse(SettingKeys.RedisCa, "is set without a Redis", $"give {SettingKeys.Redis.Option} HOST:PORT,ssl=true too, or leave it out");
        }
        var settings = new RedisSettings(text, caFile, Seconds(SettingKeys.RedisWait, 30));
        try
        {
            var options = RedisLink.Options(settings, "exo");
            if (options.EndPoints.Count == 0) throw new ArgumentException("it names no host");
            if (caFile is not null && !options.Ssl) throw values.Refuse(SettingKeys.RedisCa, "is set, but Redis is spoken to in the clear", $"add ssl=true to {values.Spelled(SettingKeys.Redis)}");
            return settings;
        }
        catch (ArgumentException malformed)
        {
            // The value itself may hold a password: it is not repeated.
            throw values.Refuse(SettingKeys.Redis, $"can't be understood ({malformed.Message.Split('\n')[0]})", "give HOST:PORT, and after commas what else Redis asks for, like 10.0.0.5:6379,user=exo,password=…,ssl=true", malformed);
        }
        catch (CryptographicException unreadable)
        {
            throw values.Refuse(SettingKeys.RedisCa, "is no certificate", "give a PEM file that begins with -----BEGIN CERTIFICATE-----", unreadable);
        }
    }

    private IPAddress? Advertise(RedisSettings? redis)
    {
        if (values[SettingKeys.Advertise] is not { } text) return null;
        var address = IPAddress.TryParse(text, out var literal) ? literal : Resolve(text);
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) throw Refuse(SettingKeys.Advertise, "give the one address that the other silos reach this machine by");
        if (redis is null && !IPAddress.IsLoopback(address))
        {
            throw Refuse(SettingKeys.Advertise, $"without a Redis the cluster is this machine's silos alone: give {SettingKeys.Redis.Option} HOST:PORT as well, or leave it out");
        }
        return address;
    }

    private IPAddress Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host).OrderBy(address => address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork).First();
        }
        catch (Exception unknown) when (unknown is System.Net.Sockets.SocketException or ArgumentException or InvalidOperationException)
        {
            throw Refuse(SettingKeys.Advertise, "no such host is known here: give this machine's IP address", unknown);
        }
    }

    private int? Port(SettingKey key, int least)
    {
        if (values[key] is not { } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port >= least && port <= IPEndPoint.MaxPort
            ? port
            : throw Refuse(key, $"give a port, {least} to {IPEndPoint.MaxPort}, or leave it out");
    }

    private IPEndPoint? Http()
    {
        if (values[SettingKeys.Http] is not { } text) return null;
        try
        {
            var listen = ServerOptions.ParseListen(text);
            if (values[SettingKeys.ApiKey] is null && !IPAddress.IsLoopback(listen.Address))
                throw Refuse(SettingKeys.Http, $"that is open to the network, so callers must show a key: set {SettingKeys.ApiKey.Variable} (or {SettingKeys.ApiKey.Option}) to a secret, or listen on 127.0.0.1");
            return listen;
        }
        catch (ExoException malformed)
        {
            throw values.Refuse(SettingKeys.Http, "can't be understood", malformed.Message, malformed);
        }
    }

    private string[] CorsOrigins()
    {
        var origins = List(values[SettingKeys.CorsOrigin] ?? "");
        if (Array.Find(origins, origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin) is { } wrong)
            throw Refuse(SettingKeys.CorsOrigin, $"'{wrong}' is no origin: give scheme, host and port alone, like http://localhost:3000");
        return origins;
    }

    private string[] Devices()
    {
        var devices = List(values[SettingKeys.Devices] ?? DeviceBackends.Default);
        if (devices.Length == 0) throw Refuse(SettingKeys.Devices, $"name one at least, of {string.Join(", ", DeviceBackends.Known)}");
        if (devices.GroupBy(device => device).FirstOrDefault(group => group.Count() > 1) is { } twice) throw Refuse(SettingKeys.Devices, $"{twice.Key} is there twice: name each device once");
        if (devices.FirstOrDefault(device => !DeviceBackends.Known.Contains(device)) is { } unknown)
            throw Refuse(SettingKeys.Devices, $"this build knows no device '{unknown}', only {string.Join(", ", DeviceBackends.Known)}");
        return devices;
    }

    private int Threads()
    {
        if (values[SettingKeys.Threads] is not { } text) return Environment.ProcessorCount;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is >= 1 and <= 1024
            ? threads
            : throw Refuse(SettingKeys.Threads, $"give a whole number, 1 to 1024; this machine has {Environment.ProcessorCount} cores");
    }

    private long? Memory()
    {
        if (values[SettingKeys.Memory] is not { } text) return null;
        return ByteCounts.Parse(text, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } byteCount and >= LeastMemory
            ? byteCount
            : throw Refuse(SettingKeys.Memory, $"give a size of {LeastMemory >> 20} MiB or more, like 24GB, 1.5GiB or 80%");
    }

    private TimeSpan? KeepAlive()
    {
        if (values[SettingKeys.KeepAlive] is not { } text) return null;
        if (!Api.Local.KeepAlive.TryParse(text, out var time)) throw Refuse(SettingKeys.KeepAlive, "give a time such as 5m, 1h30m or 90, or 0, or -1 for as long as its memory is not needed");
        return time == Api.Local.KeepAlive.Forever ? null : time;
    }

    private ClusterTls? Tls()
    {
        SettingKey[] keys = [SettingKeys.TlsCert, SettingKeys.TlsKey, SettingKeys.TlsCa];
        var files = keys.Select(ExistingFile).ToArray();
        if (files.All(file => file is null)) return null;
        if (Array.FindIndex(files, file => file is null) is var missing and >= 0)
        {
            var given = keys.First(key => values[key] is not null);
            throw values.Refuse(given, $"is set without {keys[missing].Option}", "certificate, key and authority go together: give all three, or none");
        }
        try
        {
            return ClusterTls.Load(files[0]!, files[1]!, files[2]!);
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw values.Refuse(SettingKeys.TlsCert, $"can't be used with its key and authority ({unfit.Message.Split(" (Parameter")[0].TrimEnd('.')})", "give the certificate and its key as PEM, signed by the authority in " + values.Spelled(SettingKeys.TlsCa), unfit);
        }
    }

    private string? ExistingFile(SettingKey key)
    {
        if (values[key] is not { } path) return null;
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? full : throw values.Refuse(key, $"names {full}", "there is no such file, or it may not be read; give one that is there");
    }

    private TimeSpan Seconds(SettingKey key, int otherwise)
    {
        if (values[key] is not { } text) return TimeSpan.FromSeconds(otherwise);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= LongestWaitSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refuse(key, $"give seconds, 0 to {LongestWaitSeconds}");
    }

    private bool Switch(SettingKey key) => values[key]?.ToUpperInvariant() switch
    {
        null or "0" or "FALSE" or "NO" or "OFF" => false,
        "1" or "TRUE" or "YES" or "ON" => true,
        _ => throw Refuse(key, "give true or false"),
    };

    private string Home()
    {
        if (values[SettingKeys.Home] is { } folder) return Path.GetFullPath(folder);
        // A service may have no home: then the machine's folder for what doesn't outlive a restart is as good.
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "exo");
    }

    private static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private SettingException Refuse(SettingKey key, string remedy, Exception? inner = null) => values.Refuse(key, $"is '{values[key]}'", remedy, inner);
}
