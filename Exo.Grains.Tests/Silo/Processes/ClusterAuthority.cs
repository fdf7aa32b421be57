using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exo.Tests;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Signs certificates as a cluster's operator does, into files.</summary>
internal sealed class ClusterAuthority : IDisposable
{
    private readonly TempFolder _folder;
    private readonly X509Certificate2 _certificate;
    private readonly string _name;

    public ClusterAuthority(TempFolder folder, string name)
    {
        (_folder, _name) = (folder, name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File = _folder.Write($"{name}.crt", _certificate.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string File { get; }

    /// <summary>A certificate and its key, as files.</summary>
    public (string Certificate, string Key) Sign(string name, int validFromDay = -1, int validToDay = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        var notAfter = now.AddDays(validToDay) is var end && end < _certificate.NotAfter ? end : _certificate.NotAfter;
        using var certificate = request.Create(_certificate, now.AddDays(validFromDay) is var begin && begin > _certificate.NotBefore ? begin : _certificate.NotBefore, notAfter, RandomNumberGenerator.GetBytes(8));
        return (_folder.Write($"{_name}-{name}.crt", certificate.ExportCertificatePem()), _folder.Write($"{_name}-{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>The options that make a silo a member.</summary>
    public string[] Options(string name)
    {
        var (certificate, key) = Sign(name);
        return ["--tls-cert", certificate, "--tls-key", key, "--tls-ca", File];
    }

    public void Dispose() => _certificate.Dispose();
}
