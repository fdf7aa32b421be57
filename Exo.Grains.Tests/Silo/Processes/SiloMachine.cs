using Exo.Tests;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>Silos of one machine, of a cluster that no other test knows. All of them end with it; where a test fails their logs are shown.</summary>
internal sealed class SiloMachine : IAsyncDisposable
{
    private readonly TempFolder _home = new();
    private readonly List<SiloProcess> _silos = [];
    private readonly string _cluster = $"test-{Guid.NewGuid():N}"[..20];

    public string Home => _home.Path;

    /// <summary>Starts a silo with a free port for everything and waits until it is up.</summary>
    public Task<SiloProcess> StartAsync(string name, params IEnumerable<string> options) => Begin(name, options).UpAsync();

    /// <inheritdoc cref="StartAsync"/>
    public SiloProcess Begin(string name, params IEnumerable<string> options) =>
        BeginBare(["--name", name, "--cluster-id", _cluster, "--http", $"127.0.0.1:{FreePort.Next()}", "--silo-port", $"{FreePort.Next()}", .. options]);

    /// <summary>Starts a silo with these options alone.</summary>
    public SiloProcess BeginBare(params IEnumerable<string> options)
    {
        var silo = SiloProcess.Begin(Home, options);
        _silos.Add(silo);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed || TestContext.Current.TestOutputHelper is null)
        {
            foreach (var silo in _silos) TestContext.Current.TestOutputHelper?.WriteLine($"--- {silo.Name}{Environment.NewLine}{silo.Log}");
        }
        foreach (var silo in _silos) await silo.DisposeAsync();
        _home.Dispose();
    }
}
