using Exo.Grains.Tests.Silo.Processes;
using Exo.Silo.Configuration;
using Exo.Tests;

namespace Exo.Grains.Tests.Silo.Configuration;

public sealed class SettingsReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string?> _variables = [];

    [Fact]
    public void Read_NothingSet_IsAClusterOfThisMachine()
    {
        var settings = Read();

        Assert.Equal("exo", settings.ClusterId);
        Assert.Null(settings.Redis);
        Assert.Null(settings.Name);
        Assert.Null(settings.Tls);
        Assert.Null(settings.KeepAlive);
        Assert.Equal(["cpu"], settings.Devices);
        Assert.Equal(Environment.ProcessorCount, settings.Threads);
        Assert.Equal(0, settings.GatewayPort);
        Assert.Equal(TimeSpan.FromSeconds(20), settings.Drain);
    }

    [Theory]
    [InlineData("5m", 300.0)]
    [InlineData("90", 90.0)]
    [InlineData("0", 0.0)]
    [InlineData("-1", null)]
    public void Read_KeepAlive_IsATimeOrForGood(string text, double? seconds) =>
        Assert.Equal(seconds, Read("--keep-alive", text).KeepAlive?.TotalSeconds);

    [Fact]
    public void Read_SetInThreePlaces_CommandLineGoesBeforeVariableBeforeFile()
    {
        _folder.Write("appsettings.json", """{ "Exo": { "Name": "from-file", "ClusterId": "from-file", "Threads": 3 } }""");
        _variables["EXO_NAME"] = "from-variable";
        _variables["EXO_CLUSTER_ID"] = "from-variable";

        var settings = Read("--name", "from-option");

        Assert.Equal(("from-option", "from-variable", 3), (settings.Name, settings.ClusterId, settings.Threads));
    }

    [Theory]
    [InlineData("--silo-port", "banana", "--silo-port is 'banana': give a port, 1 to 65535, or leave it out")]
    [InlineData("--silo-port", "0", "--silo-port is '0': give a port, 1 to 65535")]
    [InlineData("--gateway-port", "65536", "--gateway-port is '65536': give a port, 0 to 65535")]
    [InlineData("--name", "a|b", "--name is 'a|b': give 1 to 63 letters")]
    [InlineData("--http", "0.0.0.0:80", "--http is '0.0.0.0:80': that is open to the network, so callers must show a key: set EXO_API_KEY (or --api-key)")]
    [InlineData("--http", "here", "--http can't be understood: 'here' is no address to listen on: give ADDRESS:PORT")]
    [InlineData("--cors-origin", "http://page/path", "'http://page/path' is no origin: give scheme, host and port alone")]
    [InlineData("--threads", "0", "--threads is '0': give a whole number, 1 to 1024")]
    [InlineData("--memory", "5", "--memory is '5': give a size of 64 MiB or more, like 24G, 24GB or 80%")]
    [InlineData("--memory", "120%", "--memory is '120%'")]
    [InlineData("--keep-alive", "soon", "--keep-alive is 'soon': give a time such as 5m, 1h30m or 90, or 0, or -1")]
    [InlineData("--devices", "cpu,tpu", "--devices is 'cpu,tpu': this build knows no device 'tpu', only cpu")]
    [InlineData("--devices", "cpu,cpu", "cpu is there twice")]
    [InlineData("--advertise", "10.0.0.1", "without a Redis the cluster is this machine's silos alone: give --redis HOST:PORT as well, or leave it out")]
    [InlineData("--advertise", "0.0.0.0", "give the one address that the other silos reach this machine by")]
    [InlineData("--redis", ",ssl=true", "--redis can't be understood (it names no host): give HOST:PORT")]
    [InlineData("--redis", "host:1,ssl=maybe", "--redis can't be understood")]
    [InlineData("--redis", "rediss://:hunter2@host:1", "--redis is a URL: give HOST:PORT, and after commas")]
    [InlineData("--redis-ca", "missing.pem", "there is no such file")]
    [InlineData("--tls-key", "missing.pem", "there is no such file")]
    [InlineData("--drain", "-1", "--drain is '-1': give seconds, 0 to 3600")]
    [InlineData("--join-wait", "soon", "--join-wait is 'soon': give seconds, 1 to 3600")]
    [InlineData("--join-wait", "0", "--join-wait is '0': give seconds, 1 to 3600")] // Orleans could begin nothing at all.
    public void Read_AValueThatMakesNoSense_NamesTheSettingAndTheRemedy(string option, string value, string message) =>
        Assert.Contains(message, Assert.Throws<SettingException>(() => Read(option, value)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_AWrongVariable_IsNamedAsSpelledThere()
    {
        _variables["EXO_SILO_PORT"] = "x";

        Assert.StartsWith("EXO_SILO_PORT is 'x'", Assert.Throws<SettingException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AWrongValueInAFile_NamesKeyAndFile()
    {
        var file = _folder.Write("appsettings.json", """{ "Exo": { "SiloPort": "x" } }""");

        Assert.StartsWith($"Exo:SiloPort in {file} is 'x'", Assert.Throws<SettingException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Exo": { "SilPort": 1 } }""", "Exo:SilPort in appsettings.json is no setting")]
    [InlineData("""{ "Exo": { """, "appsettings.json")]
    public void Read_AFileThatIsWrong_NamesIt(string text, string message)
    {
        _folder.Write("appsettings.json", text);

        Assert.Contains(message, Assert.Throws<SettingException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AWrongRedis_NeverRepeatsItsPassword()
    {
        var refused = Assert.Throws<SettingException>(() => Read("--redis", "host:1,password=hunter2,ssl=maybe"));

        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Read("--redis", "host:1,password=hunter2").Redis!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24GB", 24_000_000_000)]
    [InlineData("1.5 GiB", 1_610_612_736)]
    [InlineData("24G", 24L << 30)]
    [InlineData("512m", 512L << 20)]
    [InlineData("100000000", 100_000_000)]
    public void Read_Memory_UnderstandsSizes(string text, long byteCount) => Assert.Equal(byteCount, Read("--memory", text).MemoryByteCount);

    [Fact]
    public void Read_MemoryAsShare_IsOfThisMachines() =>
        Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, Read("--memory", "50%").MemoryByteCount!.Value, 1.0);

    [Fact]
    public void Read_Tls_WantsAllThreeFiles()
    {
        using var authority = new ClusterAuthority(_folder, "ca");
        var (certificate, _) = authority.Sign("a");

        var refused = Assert.Throws<SettingException>(() => Read("--tls-cert", certificate, "--tls-ca", authority.File));

        Assert.Equal("--tls-cert is set without --tls-key: certificate, key and authority go together: give all three, or none", refused.Message);
    }

    [Fact]
    public void Read_Tls_TakesWhatTheAuthorityHasSigned()
    {
        using var authority = new ClusterAuthority(_folder, "ca");

        Assert.True(Read(authority.Options("a")).Tls!.Certificate.HasPrivateKey);
    }

    [Fact]
    public void Read_Tls_RefusesAnotherAuthoritysAnotherKeyAndTheExpired()
    {
        using var authority = new ClusterAuthority(_folder, "ca");
        using var foreign = new ClusterAuthority(_folder, "foreign");
        var (certificate, key) = authority.Sign("a");
        var (expired, expiredKey) = authority.Sign("old", validFromDay: -1, validToDay: 0);
        var (_, otherKey) = authority.Sign("b");

        Refused(certificate, key, foreign.File);
        Refused(certificate, otherKey, authority.File);
        Refused(expired, expiredKey, authority.File);
        Refused(_folder.Write("empty.crt", ""), key, authority.File);

        void Refused(string certificateFile, string keyFile, string authorityFile)
        {
            var refused = Assert.Throws<SettingException>(() => Read("--tls-cert", certificateFile, "--tls-key", keyFile, "--tls-ca", authorityFile));
            Assert.StartsWith("--tls-cert can't be used with its key and authority (", refused.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private SiloSettings Read(params string[] options)
    {
        var given = options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        return new SettingsReader(SettingValues.Read(given, name => _variables.GetValueOrDefault(name), _folder.Path)).Read();
    }
}
