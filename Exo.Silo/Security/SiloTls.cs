using Orleans.Connections.Security;
using Orleans.Hosting;

namespace Exo.Silo.Security;

/// <summary>TLS among silos, both ends with a certificate of the cluster.</summary>
internal static class SiloTls
{
    public static ISiloBuilder UseExoTls(this ISiloBuilder silo, ClusterTls tls) => silo.UseTls(tls.Certificate, options =>
    {
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.CheckCertificateRevocation = false;
        options.RemoteCertificateValidation = tls.Accepts;
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = "exo"; // Names don't count, but one has to be asked for.
    });
}
