using System.Net;
using Exo.Api.Http;
using Exo.Grains.Pinning;
using Exo.Silo.Configuration;

namespace Exo.Silo.Claims;

/// <summary>The name, address and ports that this silo has got.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Address">Where the other silos reach it.</param>
/// <param name="SiloPort">Their port.</param>
/// <param name="GatewayPort">The port of Orleans clients; 0: none.</param>
/// <param name="Http">Where the API listens.</param>
/// <param name="Notices">What came out other than the defaults, a line each.</param>
internal sealed record NodePlace(string Name, IPAddress Address, int SiloPort, int GatewayPort, IPEndPoint Http, IReadOnlyList<string> Notices)
{
    private const int DefaultSiloPort = 11111;

    /// <summary>Takes what was asked for, and of what was left open the first that is free.</summary>
    /// <exception cref="SettingException">What was asked for is taken.</exception>
    public static NodePlace Take(SiloSettings settings, SettingValues values, IPAddress address, MachineClaims claims)
    {
        var notices = new List<string>();
        try
        {
            var name = TakeName(settings, values, claims, notices);
            var siloPort = TakePort(SettingKeys.SiloPort, settings.SiloPort, address, DefaultSiloPort);
            var http = settings.Http ?? new IPEndPoint(IPAddress.Loopback, 0);
            var httpPort = TakePort(SettingKeys.Http, settings.Http is { Port: > 0 } asked ? asked.Port : null, http.Address, ServerOptions.DefaultPort);
            var gatewayPort = settings.GatewayPort == 0 ? 0 : TakePort(SettingKeys.GatewayPort, settings.GatewayPort, address, settings.GatewayPort);
            return new NodePlace(name, address, siloPort, gatewayPort, new IPEndPoint(http.Address, httpPort), notices);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{settings.Home} can't be used ({unwritable.Message.TrimEnd('.')}): give a folder that may be written with {SettingKeys.Home.Option}", unwritable);
        }

        int TakePort(SettingKey key, int? asked, IPAddress on, int otherwise)
        {
            if (asked is { } port)
            {
                return MachineClaims.IsFree(new IPEndPoint(on, port)) && claims.TryClaim($"port-{port}")
                    ? port
                    : throw values.Refuse(key, $"asks for port {port} on {on}", "something else listens there, or the address isn't this machine's; give another, or leave it out for a free port");
            }
            var taken = claims.ClaimPort(on, otherwise);
            if (taken != otherwise) notices.Add($"port {otherwise} is taken: {key.Option[2..]} is on {taken}");
            return taken;
        }
    }

    private static string TakeName(SiloSettings settings, SettingValues values, MachineClaims claims, List<string> notices)
    {
        if (settings.Name is { } asked)
        {
            return claims.TryClaim(Claim(asked)) ? asked : throw values.Refuse(SettingKeys.Name, $"is '{asked}'", "another silo on this machine is called that; give another name, or leave it out");
        }
        var machine = Cleaned(Environment.MachineName);
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? machine : $"{machine}-{number}";
            if (!claims.TryClaim(Claim(name))) continue;
            if (number > 1) notices.Add($"{machine} is taken: this node is {name}");
            return name;
        }

        string Claim(string name) => $"name-{settings.ClusterId}-{name}";
    }

    /// <summary>Host names hold more than node names do.</summary>
    private static string Cleaned(string host)
    {
        var name = string.Concat(host.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '-')).Trim('-', '.', '_');
        if (name.Length > 50) name = name[..50];
        return NodeKey.IsName(name) ? name : "node";
    }
}
