using System.Security.Cryptography;
using Exo.Silo.Security;

namespace Exo.Silo.Configuration;

/// <summary>Reads the certificates that silos show each other.</summary>
internal sealed class TlsReader(SettingParser parser)
{
    public ClusterTls? Tls()
    {
        SettingKey[] keys = [SettingKeys.TlsCert, SettingKeys.TlsKey, SettingKeys.TlsCa];
        var files = keys.Select(parser.ExistingFile).ToArray();
        if (files.All(file => file is null)) return null;
        if (Array.FindIndex(files, file => file is null) is var missing and >= 0)
        {
            var given = keys.First(key => parser[key] is not null);
            throw parser.Complain(given, $"is set without {keys[missing].Option}", "certificate, key and authority go together: give all three, or none");
        }
        try
        {
            return ClusterTls.Load(files[0]!, files[1]!, files[2]!);
        }
        catch (Exception unfit) when (unfit is CryptographicException or ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw parser.Complain(SettingKeys.TlsCert, $"can't be used with its key and authority ({unfit.Message.Split(" (Parameter")[0].TrimEnd('.')})", "give the certificate and its key as PEM, signed by the authority in " + parser.Spelled(SettingKeys.TlsCa), unfit);
        }
    }
}
