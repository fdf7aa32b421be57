using System.Net;
using Exo.Api;
using Exo.Api.Http;

namespace Exo.Silo.Configuration;

/// <summary>Reads where the API listens and for whom.</summary>
internal sealed class ApiReader(SettingParser parser)
{
    public IPEndPoint? Http()
    {
        if (parser[SettingKeys.Http] is not { } text) return null;
        try
        {
            var listen = ServerOptions.ParseListen(text);
            if (parser[SettingKeys.ApiKey] is null && !IPAddress.IsLoopback(listen.Address))
                throw parser.Refuse(SettingKeys.Http, $"that is open to the network, so callers must show a key: set {SettingKeys.ApiKey.Variable} (or {SettingKeys.ApiKey.Option}) to a secret, or listen on 127.0.0.1");
            return listen;
        }
        catch (ExoException malformed)
        {
            throw parser.Complain(SettingKeys.Http, "can't be understood", malformed.Message, malformed);
        }
    }

    public string[] CorsOrigins()
    {
        var origins = SettingParser.List(parser[SettingKeys.CorsOrigin] ?? "");
        if (Array.Find(origins, origin => !ServerOptions.IsOrigin(origin)) is { } wrong)
            throw parser.Refuse(SettingKeys.CorsOrigin, $"'{wrong}' is no origin: give scheme, host and port alone, like http://localhost:3000");
        return origins;
    }
}
