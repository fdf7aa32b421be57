using System.Net;
using System.Security.Cryptography;
using Exo.Silo.Clustering;

namespace Exo.Silo.Configuration;

/// <summary>Reads where the silos meet and are reached.</summary>
internal sealed class MeetingReader(SettingParser parser)
{
    private const string RedisRemedy = "give HOST:PORT, and after commas what else Redis asks for, like 10.0.0.5:6379,user=exo,password=…,ssl=true";

    public RedisSettings? Redis()
    {
        var caFile = parser.ExistingFile(SettingKeys.RedisCa);
        if (parser[SettingKeys.Redis] is not { } text)
        {
            return caFile is null ? null : throw parser.Complain(SettingKeys.RedisCa, "is set without a Redis", $"give {SettingKeys.Redis.Option} HOST:PORT,ssl=true too, or leave it out");
        }
        // The value itself may hold a password: it is not repeated.
        if (text.Contains("://", StringComparison.Ordinal)) throw parser.Complain(SettingKeys.Redis, "is a URL", RedisRemedy);
        var settings = new RedisSettings(text, caFile, parser.Seconds(SettingKeys.RedisWait, 30));
        try
        {
            var options = RedisLink.Options(settings, "exo");
            if (options.EndPoints.Count == 0) throw new ArgumentException("it names no host");
            if (caFile is not null && !options.Ssl) throw parser.Complain(SettingKeys.RedisCa, "is set, but Redis is spoken to in the clear", $"add ssl=true to {parser.Spelled(SettingKeys.Redis)}");
            return settings;
        }
        catch (ArgumentException malformed)
        {
            throw parser.Complain(SettingKeys.Redis, $"can't be understood ({malformed.Message.Split('\n')[0]})", RedisRemedy, malformed);
        }
        catch (CryptographicException unreadable)
        {
            throw parser.Complain(SettingKeys.RedisCa, "is no certificate", "give a PEM file that begins with -----BEGIN CERTIFICATE-----", unreadable);
        }
    }

    public IPAddress? Advertise(RedisSettings? redis)
    {
        if (parser[SettingKeys.Advertise] is not { } text) return null;
        var address = IPAddress.TryParse(text, out var literal) ? literal : Resolve(text);
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) throw parser.Refuse(SettingKeys.Advertise, "give the one address that the other silos reach this machine by");
        if (redis is null && !IPAddress.IsLoopback(address))
        {
            throw parser.Refuse(SettingKeys.Advertise, $"without a Redis the cluster is this machine's silos alone: give {SettingKeys.Redis.Option} HOST:PORT as well, or leave it out");
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
            throw parser.Refuse(SettingKeys.Advertise, "no such host is known here: give this machine's IP address", unknown);
        }
    }
}
