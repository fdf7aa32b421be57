using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Exo.Silo.Security;

/// <summary>
/// What makes a silo a member: a certificate that the cluster's own authority has signed. Both ends of a connection show theirs. Names in it
/// don't count: machines change addresses, and who holds a key of the cluster is the cluster.
/// </summary>
internal sealed class ClusterTls
{
    private readonly X509Certificate2Collection _authority;

    private ClusterTls(X509Certificate2 certificate, X509Certificate2Collection authority)
    {
        Certificate = certificate;
        _authority = authority;
    }

    /// <summary>This silo's certificate with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <exception cref="InvalidDataException">The certificate isn't the authority's, or not valid now.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or key.</exception>
    /// <exception cref="ArgumentException">The key is another certificate's.</exception>
    public static ClusterTls Load(string certificateFile, string keyFile, string authorityFile)
    {
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(authorityFile);
        if (authority.Count == 0) throw new InvalidDataException($"{authorityFile} holds no certificate");
        using var fromPem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        // Windows can't use a key that exists only in memory; by way of PKCS #12 it gets a container there.
        var certificate = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), password: null);
        var tls = new ClusterTls(certificate, authority);
        return tls.WhyRefused(certificate) is { } reason ? throw new InvalidDataException($"{certificateFile}: {reason}") : tls;
    }

    /// <summary>Whether the other end is a member.</summary>
    public bool Accepts(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0 && WhyRefused(certificate) is null;

    /// <summary>Null where the authority has signed it and it is valid now.</summary>
    private string? WhyRefused(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // A cluster's own authority publishes no lists: who is to leave gets a new authority.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate) ? null : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
    }
}
