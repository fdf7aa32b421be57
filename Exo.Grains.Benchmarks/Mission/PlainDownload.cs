using System.Diagnostics;

namespace Exo.Grains.Benchmarks.Mission;

/// <summary>The limit: sixteen times curl piped into sha256sum at the lowest priority, which touch no disk and share nothing with a silo but the machine.</summary>
internal sealed class PlainDownload : IDisposable
{
    private const int Connections = 16;

    private readonly Process[] _shells;

    private PlainDownload(Process[] shells) => _shells = shells;

    public static PlainDownload Start(MissionHub hub) => new([.. Enumerable.Range(0, Connections).Select(connection =>
        // A shell that ends takes its pipe along: setsid makes them one group.
        Process.Start(new ProcessStartInfo("setsid", ["nice", "-n", "19", "sh", "-c", $"while :; do curl -sL '{hub.AddressOf(connection)}' | sha256sum; done"]) { RedirectStandardOutput = true })!)]);

    public void Dispose()
    {
        foreach (var shell in _shells)
        {
            using (var kill = Process.Start("kill", ["-KILL", "--", $"-{shell.Id}"])) kill.WaitForExit();
            shell.Dispose();
        }
    }
}
